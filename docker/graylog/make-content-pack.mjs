// Writes the content pack next to this file: one stream per role, dashboards of rounds and of systems. Run it after a
// change here.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const CREATED_AT = '2026-11-24T00:00:00.000Z';
const SINCE = { type: 'relative', from: 3600 };
const CONSTRAINTS = [{ type: 'server-version', version: '>=6.1.0' }];
const WIDTH = 12;
const HEIGHT = 4;

/** The same name always has the same id, so that a new revision is the same pack. */
function idOf(name) {
  const hex = createHash('sha256').update(`synergos-ttp/${name}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
const text = (value) => ({ '@type': 'string', '@value': value });
const flag = (value) => ({ '@type': 'boolean', '@value': value });
const query = (string) => ({ type: 'elasticsearch', query_string: string });
const streamOf = (role) => idOf(`stream ${role}`);

function stream(role, description) {
  const rule = {
    type: text('EXACT'),
    field: text('role'),
    value: text(role),
    inverted: flag(false),
    description: text(''),
  };
  const data = {
    title: text(`Synergos ${role}`),
    description: text(description),
    disabled: flag(false),
    matching_type: text('AND'),
    stream_rules: [rule],
    alert_conditions: [],
    alarm_callbacks: [],
    outputs: [],
    default_stream: flag(false),
    remove_matches: flag(false),
  };
  return {
    v: '1',
    type: { name: 'stream', version: '1' },
    id: streamOf(role),
    data,
    constraints: CONSTRAINTS,
  };
}

/** A curve over time of `functions` such as `avg(loss)`, with a line for each value of the fields `by`. */
const curve = (title, roles, where, functions, by, width = 6) => ({
  title,
  roles,
  where,
  functions,
  by,
  width,
});
/** The newest records. */
const list = (title, roles, where, fields) => ({ title, roles, where, fields, width: WIDTH });

function widgetOf(dashboard, { title, roles, where, functions, by, fields }) {
  const common = {
    id: idOf(`${dashboard} widget ${title}`),
    filter: null,
    filters: [],
    timerange: SINCE,
    query: query(where),
    streams: roles.map(streamOf),
  };
  if (functions === undefined)
    return {
      ...common,
      type: 'messages',
      config: {
        fields,
        show_message_row: true,
        show_summary: false,
        decorators: [],
        sort: [{ type: 'pivot', field: 'timestamp', direction: 'Descending' }],
      },
    };
  return {
    ...common,
    type: 'aggregation',
    config: {
      row_pivots: [
        { fields: ['timestamp'], type: 'time', config: { interval: { type: 'auto', scaling: 1 } } },
      ],
      column_pivots: by.length === 0 ? [] : [{ fields: by, type: 'values', config: { limit: 15 } }],
      series: functions.map((name) => ({ config: { name: null }, function: name })),
      sort: [],
      visualization: 'line',
      visualization_config: { interpolation: 'linear', axis_type: 'linear' },
      formatting_settings: null,
      rollup: false,
      event_annotation: false,
    },
  };
}

/** The search of a widget. */
function searchTypeOf(dashboard, { title, roles, where, functions, by }) {
  const common = {
    id: idOf(`${dashboard} search ${title}`),
    name: functions === undefined ? null : 'chart',
    filter: null,
    filters: [],
    timerange: SINCE,
    query: query(where),
    streams: roles.map(streamOf),
  };
  if (functions === undefined)
    return {
      ...common,
      type: 'messages',
      limit: 150,
      offset: 0,
      sort: [{ field: 'timestamp', order: 'DESC' }],
      decorators: [],
    };
  return {
    ...common,
    type: 'pivot',
    row_groups: [{ type: 'time', fields: ['timestamp'], interval: { type: 'auto', scaling: 1 } }],
    column_groups: by.length === 0 ? [] : [{ type: 'values', fields: by, limit: 15 }],
    series: functions.map((name) => {
      const [, type, field] = /^(\w+)\((\w*)\)$/.exec(name);
      return { type, id: name, ...(field === '' ? {} : { field }) };
    }),
    sort: [],
    rollup: false,
  };
}

function dashboard(title, summary, widgets) {
  const page = idOf(`${title} page`);
  let col = 1;
  let row = 1;
  const positions = {};
  for (const widget of widgets) {
    if (col + widget.width - 1 > WIDTH) {
      col = 1;
      row += HEIGHT;
    }
    positions[widgetOf(title, widget).id] = { col, row, height: HEIGHT, width: widget.width };
    col += widget.width;
  }
  const state = {
    selected_fields: null,
    static_message_list_id: null,
    titles: {
      widget: Object.fromEntries(widgets.map((widget) => [widgetOf(title, widget).id, widget.title])),
    },
    widgets: widgets.map((widget) => widgetOf(title, widget)),
    widget_mapping: Object.fromEntries(
      widgets.map((widget) => [widgetOf(title, widget).id, [searchTypeOf(title, widget).id]]),
    ),
    positions,
    formatting: null,
    display_mode_settings: { positions: {} },
  };
  const search = {
    queries: [
      {
        id: page,
        timerange: SINCE,
        filters: [],
        query: query(''),
        search_types: widgets.map((widget) => searchTypeOf(title, widget)),
      },
    ],
    parameters: [],
    requires: {},
    owner: 'admin',
    created_at: CREATED_AT,
  };
  const data = {
    type: 'DASHBOARD',
    title: text(title),
    summary: text(summary),
    description: text(''),
    search,
    state: { [page]: state },
    properties: [],
    requires: {},
    owner: 'admin',
    created_at: CREATED_AT,
  };
  return {
    v: '1',
    type: { name: 'dashboard', version: '2' },
    id: idOf(`dashboard ${title}`),
    data,
    constraints: CONSTRAINTS,
  };
}

const METRICS = 'message:"system metrics"';
const CARDS = 'message:"card metrics"';

const pack = {
  v: 1,
  id: idOf('content pack'),
  rev: 1,
  name: 'Synergos TTP',
  summary: 'Streams by role, dashboards of rounds and of systems.',
  description: 'For GELF records of synergos-basic, synergos-director, synergos-ttp and synergos-worker.',
  vendor: 'Synergos TTP',
  url: '',
  created_at: CREATED_AT,
  server_version: '6.1.0',
  parameters: [],
  entities: [
    stream('director', 'The director of a cluster: its REST API and jobs.'),
    stream('ttp', 'Trusted third parties: jobs, rounds, the data plane.'),
    stream('worker', "Participants' processes."),
    stream('sysmetrics', 'Measurements of machines, cards and processes.'),
    dashboard('Synergos rounds', 'How trainings go on', [
      curve('Global loss', ['ttp'], 'message:"metric"', ['avg(loss)'], ['run']),
      curve('Global score (accuracy or R²)', ['ttp'], 'message:"metric"', ['avg(score)'], ['run']),
      curve(
        'Training loss by participant',
        ['ttp'],
        'message:"update received"',
        ['avg(loss)'],
        ['participant'],
      ),
      curve(
        'Seconds of training by participant',
        ['ttp'],
        'message:"update received"',
        ['avg(seconds)'],
        ['participant'],
      ),
      curve('Seconds of a round', ['ttp'], 'message:"round completed"', ['avg(seconds)'], ['run']),
      curve('Updates of a round', ['ttp'], 'message:"round completed"', ['avg(updates)'], ['run']),
      curve('Participants dropped', ['ttp'], 'message:"participant dropped"', ['count()'], ['participant']),
      curve(
        'Log records lost',
        ['director', 'ttp', 'worker'],
        'message:"log records were lost on their way to Graylog"',
        ['max(lost)'],
        ['node'],
      ),
      list('Warnings and errors', ['director', 'ttp', 'worker'], 'level:<=4', [
        'timestamp',
        'node',
        'component',
        'run',
        'round',
        'message',
        'error_message',
      ]),
    ]),
    dashboard('Synergos systems', 'Machines, cards and processes', [
      curve('CPU, percent', ['sysmetrics'], METRICS, ['avg(cpu_percent)'], ['node']),
      curve('Memory, percent', ['sysmetrics'], METRICS, ['avg(memory_percent)'], ['node']),
      curve('Load', ['sysmetrics'], METRICS, ['avg(load_1m)'], ['node']),
      curve('Disk available, bytes', ['sysmetrics'], METRICS, ['min(disk_available_bytes)'], ['node']),
      curve(
        'Received, bytes a second',
        ['sysmetrics'],
        METRICS,
        ['avg(network_received_bytes_per_second)'],
        ['node'],
      ),
      curve(
        'Sent, bytes a second',
        ['sysmetrics'],
        METRICS,
        ['avg(network_sent_bytes_per_second)'],
        ['node'],
      ),
      curve(
        'CPU of the process, percent of a core',
        ['sysmetrics'],
        METRICS,
        ['avg(process_cpu_percent)'],
        ['node'],
      ),
      curve(
        'Memory of the process, bytes',
        ['sysmetrics'],
        METRICS,
        ['max(process_resident_bytes)'],
        ['node'],
      ),
      curve(
        'Event loop late, milliseconds',
        ['sysmetrics'],
        METRICS,
        ['max(process_event_loop_late_ms)'],
        ['node'],
      ),
      curve('Cards, percent', ['sysmetrics'], CARDS, ['avg(gpu_percent)'], ['node', 'gpu']),
      curve('Memory of cards, bytes', ['sysmetrics'], CARDS, ['max(gpu_memory_used_bytes)'], ['node', 'gpu']),
      curve('Power of cards, watts', ['sysmetrics'], CARDS, ['avg(gpu_power_watts)'], ['node', 'gpu']),
    ]),
  ],
};

const file = process.argv[2] ?? fileURLToPath(new URL('content-pack.json', import.meta.url));
const style = await resolveConfig(fileURLToPath(import.meta.url));
writeFileSync(file, await format(JSON.stringify(pack), { ...style, parser: 'json' }));

import { z } from 'zod';

/**
 * What Graylog 6 reads of a content pack, by its source: `org.graylog2.contentpacks.model` (ContentPackV1, EntityV1, StreamEntity,
 * StreamRuleEntity, ViewEntity, ViewStateEntity, WidgetEntity, PivotEntity, MessageListEntity) and `org.graylog.plugins.views`
 * (AggregationConfigDTO, MessageListConfigDTO, Time, Values). Objects are strict, as its parser is.
 */
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const dateTime = z.iso.datetime();
const text = z.strictObject({ '@type': z.literal('string'), '@value': z.string() });
const filledText = text.refine((reference) => reference['@value'] !== '');
const flag = z.strictObject({ '@type': z.literal('boolean'), '@value': z.boolean() });
const oneOf = (...values: readonly string[]) =>
  text.refine((reference) => values.includes(reference['@value']));

const constraint = z.strictObject({
  type: z.literal('server-version'),
  version: z.string().regex(/^>=\d+\.\d+\.\d+$/),
});
const timeRange = z.strictObject({ type: z.literal('relative'), from: z.number().int().positive() });
const query = z.strictObject({ type: z.literal('elasticsearch'), query_string: z.string() });
const autoInterval = z.strictObject({ type: z.literal('auto'), scaling: z.number().positive() });
const fields = z.array(z.string().min(1)).min(1);

const streamRule = z.strictObject({
  type: oneOf('EXACT', 'REGEX', 'GREATER', 'SMALLER', 'PRESENCE', 'CONTAINS', 'ALWAYS_MATCH', 'MATCH_INPUT'),
  field: filledText,
  value: text,
  inverted: flag,
  description: text,
});
const stream = z.strictObject({
  title: filledText,
  description: text,
  disabled: flag,
  matching_type: oneOf('AND', 'OR'),
  stream_rules: z.array(streamRule),
  alert_conditions: z.array(z.never()),
  alarm_callbacks: z.array(z.never()),
  outputs: z.array(text),
  default_stream: flag,
  remove_matches: flag,
});

const searched = {
  id: uuid,
  name: z.string().nullable(),
  filter: z.null(),
  filters: z.array(z.never()),
  timerange: timeRange,
  query,
  streams: z.array(uuid),
};
const bucket = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('time'), fields, interval: autoInterval }),
  z.strictObject({ type: z.literal('values'), fields, limit: z.number().int().positive() }),
]);
const seriesType = z.enum([
  'avg',
  'card',
  'count',
  'latest',
  'max',
  'min',
  'percentage',
  'percentile',
  'stddev',
  'sum',
  'sumofsquares',
  'variance',
]);
const searchType = z.discriminatedUnion('type', [
  z.strictObject({
    ...searched,
    type: z.literal('pivot'),
    row_groups: z.array(bucket),
    column_groups: z.array(bucket),
    series: z
      .array(z.strictObject({ type: seriesType, id: z.string(), field: z.string().min(1).optional() }))
      .min(1),
    sort: z.array(z.never()),
    rollup: z.boolean(),
  }),
  z.strictObject({
    ...searched,
    type: z.literal('messages'),
    limit: z.number().int().positive(),
    offset: z.number().int().nonnegative(),
    sort: z.array(z.strictObject({ field: z.string(), order: z.enum(['ASC', 'DESC']) })),
    decorators: z.array(z.never()),
  }),
]);

const pivot = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('time'), fields, config: z.strictObject({ interval: autoInterval }) }),
  z.strictObject({
    type: z.literal('values'),
    fields,
    config: z.strictObject({ limit: z.number().int().positive() }),
  }),
]);
const aggregation = z.strictObject({
  row_pivots: z.array(pivot),
  column_pivots: z.array(pivot),
  series: z.array(
    z.strictObject({
      config: z.strictObject({ name: z.string().nullable() }),
      function: z.string().refine((name) => seriesType.safeParse(/^(\w+)\(\w*\)$/.exec(name)?.[1]).success),
    }),
  ),
  sort: z.array(z.never()),
  visualization: z.enum(['line', 'area', 'bar', 'table', 'numeric', 'pie', 'heatmap', 'scatter']),
  visualization_config: z.strictObject({
    interpolation: z.enum(['linear', 'step-after', 'spline']),
    axis_type: z.enum(['linear', 'logarithmic']),
  }),
  formatting_settings: z.null(),
  rollup: z.boolean(),
  event_annotation: z.boolean(),
});
const messageList = z.strictObject({
  fields: z.array(z.string()),
  show_message_row: z.boolean(),
  show_summary: z.boolean(),
  decorators: z.array(z.never()),
  sort: z.array(
    z.strictObject({
      type: z.enum(['pivot', 'series']),
      field: z.string(),
      direction: z.enum(['Ascending', 'Descending']),
    }),
  ),
});
const { name: _name, ...shown } = searched;
const widget = z.discriminatedUnion('type', [
  z.strictObject({ ...shown, type: z.literal('aggregation'), config: aggregation }),
  z.strictObject({ ...shown, type: z.literal('messages'), config: messageList }),
]);
const position = z.strictObject({
  col: z.number().int().min(1),
  row: z.number().int().min(1),
  height: z.number().int().positive(),
  width: z.number().int().positive().max(12),
});
const viewState = z.strictObject({
  selected_fields: z.null(),
  static_message_list_id: z.null(),
  titles: z.strictObject({ widget: z.record(uuid, z.string()) }),
  widgets: z.array(widget),
  widget_mapping: z.record(uuid, z.array(uuid)),
  positions: z.record(uuid, position),
  formatting: z.null(),
  display_mode_settings: z.strictObject({ positions: z.record(uuid, position) }),
});
const search = z.strictObject({
  queries: z.array(
    z.strictObject({
      id: uuid,
      timerange: timeRange,
      filters: z.array(z.never()),
      query,
      search_types: z.array(searchType),
    }),
  ),
  parameters: z.array(z.never()),
  requires: z.strictObject({}),
  owner: z.string(),
  created_at: dateTime,
});
const dashboard = z.strictObject({
  type: z.literal('DASHBOARD'),
  title: filledText,
  summary: text,
  description: text,
  search,
  state: z.record(uuid, viewState),
  properties: z.array(z.string()),
  requires: z.strictObject({}),
  owner: z.string(),
  created_at: dateTime,
});

const entity = <Name extends string, Version extends string, Data extends z.ZodType>(
  name: Name,
  version: Version,
  data: Data,
) =>
  z.strictObject({
    v: z.literal('1'),
    type: z.strictObject({ name: z.literal(name), version: z.literal(version) }),
    id: uuid,
    data,
    constraints: z.array(constraint),
  });
export const contentPackSchema = z.strictObject({
  v: z.literal(1),
  id: uuid,
  rev: z.number().int().positive(),
  name: z.string().min(1),
  summary: z.string(),
  description: z.string(),
  vendor: z.string(),
  url: z.string(),
  created_at: dateTime,
  server_version: z.string().regex(/^\d+\.\d+\.\d+$/),
  parameters: z.array(z.never()),
  entities: z.array(z.union([entity('stream', '1', stream), entity('dashboard', '2', dashboard)])),
});

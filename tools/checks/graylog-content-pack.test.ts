import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { contentPackSchema } from './graylog-schema.js';
import { root } from './workspace.js';

const committed = readFileSync(join(root, 'docker/graylog/content-pack.json'), 'utf8');
const pack = contentPackSchema.parse(JSON.parse(committed));
const streams = pack.entities.filter((entity) => entity.type.name === 'stream');
const states = pack.entities.flatMap(({ data }) =>
  'search' in data
    ? Object.entries(data.state).map(([page, state]) => ({ page, state, queries: data.search.queries }))
    : [],
);

it('is what its script writes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'synergos-pack-'));
  try {
    const file = join(directory, 'content-pack.json');
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(root, 'docker/graylog/make-content-pack.mjs'), file],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(committed);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

it('has one stream a role', () => {
  const rules = streams.flatMap(({ data }) => ('stream_rules' in data ? data.stream_rules : []));
  expect(rules.map(({ field, value }) => [field['@value'], value['@value']])).toEqual([
    ['role', 'director'],
    ['role', 'ttp'],
    ['role', 'worker'],
    ['role', 'sysmetrics'],
  ]);
});

it('has dashboards whose widgets, searches, titles, places and streams belong together', () => {
  expect(states).toHaveLength(2);
  const ids = new Set(streams.map(({ id }) => id));
  for (const { page, state, queries } of states) {
    const widgets = state.widgets.map(({ id }) => id);
    expect(new Set(widgets).size).toBe(widgets.length);
    for (const part of [state.widget_mapping, state.positions, state.titles.widget])
      expect(Object.keys(part)).toEqual(widgets);
    expect(queries.map(({ id }) => id)).toEqual([page]);
    const searches = queries.flatMap(({ search_types: types }) => types);
    expect(Object.values(state.widget_mapping).flat()).toEqual(searches.map(({ id }) => id));
    for (const { streams: of } of [...state.widgets, ...searches])
      expect(of.filter((id) => !ids.has(id))).toEqual([]);
  }
});

it('has no two widgets in one place', () => {
  for (const { state } of states) {
    const cells = Object.values(state.positions).flatMap(({ col, row, height, width }) =>
      Array.from(
        { length: height * width },
        (_, cell) => `${col + (cell % width)},${row + Math.floor(cell / width)}`,
      ),
    );
    expect(new Set(cells).size).toBe(cells.length);
  }
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  aggregators,
  createRegistry,
  describeAlgorithms,
  parseRunArguments,
  stateNames,
} from '../src/index.js';

const document = readFileSync(new URL('../../../docs/reference/algorithms.md', import.meta.url), 'utf8');
const [, algorithms = '', kept = '', robust = ''] = document.split(/^## /m);
/** Cells of a table's rows, by the names in the first. */
const rowsOf = (section: string) =>
  new Map(
    section
      .split('\n')
      .filter((line) => /^\| (?!name|-)/.test(line))
      .flatMap((line) => {
        const cells = line.split('|').map((cell) => cell.trim());
        return (cells[1] ?? '').split(', ').map((name) => [name, cells] as const);
      }),
  );
/** `name` value, … as the document writes them. */
const toldIn = (cell: string) =>
  [...cell.matchAll(/`(\w+)`(?: \(\w\))? ([^\s,:]+)/g)].map(([, name = '', value = '']) => [name, value]);

const registry = createRegistry();
const text = (value: unknown) =>
  typeof value === 'number' && value < 1e-4 && value > 0 ? value.toFixed(6) : String(value);

describe('docs/reference/algorithms.md', () => {
  it.each(describeAlgorithms(registry))('documents $name, with its arguments and their defaults', (one) => {
    const cells = rowsOf(algorithms).get(one.name);
    expect(cells, 'a row among the algorithms').toBeDefined();
    const properties = (one.arguments as { properties: Record<string, { default: unknown }> }).properties;
    const expected = Object.entries(properties).map(([name, { default: value }]) => [name, text(value)]);
    const told = toldIn(cells![3]!.replace(/\(`mu`.*\)/, ''));
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected));
    if (one.paper !== null) expect(cells![4]).toContain(one.paper.split(',')[0]);
    expect(rowsOf(kept).has(one.name), 'a row among what is kept').toBe(true);
  });

  it('names the server state of each algorithm', () => {
    for (const { algorithm } of registry.list()) {
      const cell = rowsOf(kept).get(algorithm.name)![2]!;
      const state = stateNames(
        algorithm,
        parseRunArguments(registry, { algorithm: algorithm.name }).arguments,
      );
      if (algorithm.name === 'FedPrune') expect([state, cell]).toEqual([['masked'], 'the mask']);
      else if (algorithm.name === 'FedBuff') expect([state, cell]).toEqual([[], 'v, with `server_momentum`']);
      else if (algorithm.exchange === undefined) expect(cell).toBe(state.join(', '));
    }
  });

  it('documents no unknown algorithm', () => {
    const names = registry.list().map(({ algorithm }) => algorithm.name);
    expect([...rowsOf(algorithms).keys()]).toEqual(names);
    expect([...rowsOf(kept).keys()].toSorted()).toEqual(names.toSorted());
  });

  it('documents every robust aggregator, with its defaults', () => {
    expect([...rowsOf(robust).keys()]).toEqual(aggregators.map(({ name }) => name));
    const defaults: Readonly<Record<string, unknown>> = parseRunArguments(registry, {}).arguments;
    for (const cells of rowsOf(robust).values())
      for (const [name, value] of toldIn(cells[3]!))
        expect([name, value]).toEqual([name, text(defaults[name!])]);
  });
});

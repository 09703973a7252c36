import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  activations,
  checkCriterion,
  createRegistry,
  builtInComponents,
  layerTypes,
  parseModel,
  parseRunArguments,
} from '../src/index.js';
import { shapeOf } from '../src/component.js';

const document = readFileSync(new URL('../../../docs/reference/models.md', import.meta.url), 'utf8');
const [, layers = '', functions = '', losses = ''] = document.split(/^## /m);
const rowsOf = (section: string) =>
  section
    .split('\n')
    .filter((line) => /^\| (?!group|criterion|-)/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/reference/models.md', () => {
  it('names every layer, and no other', () => {
    const named = rowsOf(layers).flatMap((cells) => cells[2]!.split(', '));
    expect(named.toSorted()).toEqual(Object.keys(layerTypes).toSorted());
  });

  it('names every activation, and no other', () => {
    const paragraph = functions.split('\n\n')[1]!.replaceAll('\n', ' ').replace('.', '');
    expect(paragraph.split(', ')).toEqual([...activations]);
  });

  it('names every criterion, with its actions, arguments and defaults', () => {
    const rows = rowsOf(losses);
    expect(rows.map((cells) => cells[1])).toEqual(builtInComponents.criteria.names);
    const defaults: Readonly<Record<string, unknown>> = parseRunArguments(createRegistry(), {}).arguments;
    for (const [, name, action, cell] of rows) {
      const criterion = name!;
      const given = Object.keys(shapeOf(builtInComponents.criteria.get(criterion))).map(
        (one) => `\`${one}\` ${String(defaults[one])}`,
      );
      expect(cell, name).toBe(given.join(', '));
      const actions = (['regress', 'classify'] as const).filter((one) => fits(criterion, one));
      expect(action, name).toBe(actions.length === 2 ? 'both' : actions[0]);
    }
  });
});

function fits(criterion: string, action: 'regress' | 'classify'): boolean {
  return [null, 'sigmoid'].some((activation) => {
    const model = parseModel([
      { l_type: 'Linear', structure: { in_features: 1, out_features: 1 }, activation },
    ]);
    try {
      checkCriterion(model, criterion, action);
      return true;
    } catch {
      return false;
    }
  });
}

import { describe, expect, it } from 'vitest';
import { MalformedKey } from '../errors.js';
import { childrenOf, hierarchy, keyOf, kindsBelow } from './hierarchy.js';
import { recordKinds } from './record-store.js';

describe('the hierarchy of records', () => {
  it('identifies the parents of each kind by a part of its own ids', () => {
    for (const kind of recordKinds)
      for (const parent of hierarchy[kind].parents)
        expect(hierarchy[kind].ids).toEqual(expect.arrayContaining([...hierarchy[parent].ids]));
  });

  it('finds the kinds directly below a kind', () => {
    expect(childrenOf('Project')).toEqual(['Experiment', 'Registration']);
    expect(childrenOf('Run')).toEqual(['Model', 'Validation', 'Prediction']);
    expect(childrenOf('Model')).toEqual([]);
  });

  it('finds all kinds below a kind, each once', () => {
    expect(kindsBelow('Experiment')).toEqual(['Run', 'Model', 'Validation', 'Prediction']);
    expect(kindsBelow('Participant')).toEqual([
      'Registration',
      'Validation',
      'Prediction',
      'Tag',
      'Alignment',
    ]);
    expect([...kindsBelow('Collaboration')].sort()).toEqual(
      recordKinds.filter((kind) => kind !== 'Collaboration' && kind !== 'Participant').sort(),
    );
  });

  it('selects the ids of a kind from a key', () => {
    const key = { collab_id: 'c', project_id: 'p', expt_id: 'e' };
    expect(keyOf('Project', key)).toEqual({ collab_id: 'c', project_id: 'p' });
  });

  it('rejects a key in which an id is missing or empty', () => {
    expect(() => keyOf('Project', { collab_id: 'c' })).toThrow(MalformedKey);
    expect(() => keyOf('Project', { collab_id: 'c', project_id: '' })).toThrow('collab_id, project_id');
  });
});

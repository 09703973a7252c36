import { expect, it } from 'vitest';
import { recordText } from './record-view.js';
import type { Session } from './session.js';
import { createStyle } from './style.js';

const created_at = '2026-01-01T00:00:00.000Z';
const session = { style: createStyle(false), shell: { now: () => new Date(created_at) } } as Session;
const key = { collab_id: 'c', project_id: 'p', expt_id: 'e', run_id: 'r' };
const defaults = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`argument_${index}`, index]));
const run = {
  ...key,
  key,
  doc_id: '1',
  kind: 'Run',
  created_at,
  relations: {},
  rounds: 5,
  lr: 0.1,
  ...defaults,
};

it('shows the given arguments of a created run, and the number of defaults', () => {
  const lines = recordText(run, session, { rounds: 5, lr: 0.1 }).split('\n');
  expect(lines.slice(0, 4)).toEqual([
    'Run      c/p/e/r',
    'rounds   5',
    'lr       0.1',
    'others   70 defaults; `synergos runs read` shows them',
  ]);
  expect(lines).toHaveLength(5);
});

it('shows all arguments of a run that is read, and all fields of other records', () => {
  expect(recordText(run, session).split('\n')).toHaveLength(74);
  const project = { ...run, kind: 'Project' };
  expect(recordText(project, session, { rounds: 5 }).split('\n')).toHaveLength(74);
});

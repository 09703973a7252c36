import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wrongExamples } from '../reference/examples.mjs';
import { root } from './workspace.js';

it('the generated pages of docs are up to date, and the examples name existing commands and options', () => {
  const { stderr } = spawnSync(process.execPath, [join(root, 'tools/reference/main.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
});

it.each([
  ['synergos runs watch r1 --trian', ['synergos runs watch r1 …: no option --trian of watch']],
  ['synergos frob', ['synergos frob …: no command frob of synergos']],
  [
    'A=1 node apps/worker/dist/main.js --data_dir ./d --nope=3 # --comment',
    [/no option --nope of synergos-worker/],
  ],
  ["synergos runs create r --set 'a=--b' \\\n  --lr 0.1 | cat --any; synergos jobs --state running", []],
])('an example with a wrong name is found: %j', (script, expected) => {
  const problems = wrongExamples(`\`\`\`sh\n${script}\n\`\`\`\n`);
  expect(problems).toEqual(
    expected.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
  );
});

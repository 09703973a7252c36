import { failureGroups } from '@synergos/contract';

/** The reference of failure codes as Markdown. */
export function failuresPage() {
  return [
    '# Failure codes',
    '',
    '<!-- Generated from packages/contract/src/failures/table.ts by `npm run docs`. -->',
    '',
    "A failed job's `error`, a dropped participant's entry and an answer of the data plane have a `code`. Codes are",
    'stable. The status is the one of a call that waits for the job, and of a REST answer. In a job, 422 stands in for 400.',
    'A code that the table lacks comes from a plug-in or from a worker of another version; its status is 422.',
    '**Retry** means that the same request may succeed later as it is.',
    ...Object.entries(failureGroups).flatMap(([group, kinds]) => ['', `## ${group}`, '', ...tableOf(kinds)]),
    '',
  ].join('\n');
}

function tableOf(kinds) {
  return [
    '| code | status | retry | meaning |',
    '| --- | --- | --- | --- |',
    ...Object.entries(kinds).map(
      ([code, { status, retryable, meaning }]) =>
        `| \`${code}\` | ${status} | ${retryable ? 'yes' : ''} | ${meaning} |`,
    ),
  ];
}

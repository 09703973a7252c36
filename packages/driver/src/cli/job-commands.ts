import { InvalidArgumentError, Option, type Command } from 'commander';
import { SynergosError } from '../errors.js';
import type { Job } from '../types.js';
import { act, addCommand } from './commands.js';
import { droppedOf, droppedText, requireContributions } from './dropped.js';
import { resultWatcher, follow } from './follow.js';
import { idText } from './ids.js';
import { targetText } from './progress.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';
import { fieldsText, tableText } from './table.js';
import { printable, valueText } from './text.js';
import { localText, spanText, whenText } from './times.js';

const STATES = ['queued', 'running', 'completed', 'failed', 'cancelled'];
const SAMPLE_JOB = '0b0e7c52-6a6e-4d0e-9f5e-3d6f3c1f2a11';

/** Adds the commands of `jobs`. */
export function addJobCommands(program: Command, shell: Shell): void {
  const jobs = addCommand(program, 'jobs', 'list, show, watch and cancel jobs', [
    'synergos jobs',
    'synergos jobs --state running --json',
    `synergos jobs watch ${SAMPLE_JOB}`,
  ]);

  const list = jobs
    .command('list', { isDefault: true })
    .description('list the newest jobs, oldest first')
    .addHelpText('after', '\nExamples:\n  synergos jobs\n  synergos jobs list --state failed --limit 20')
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(STATES))
    .option('--limit <number>', 'number of jobs, 1 to 1000', limitOf, 100)
    .option('--before <job>', 'only jobs older than this one', idText);
  act(shell, list, async (session, options) => {
    const { jobs: page, next } = await session.driver.jobs.list(options);
    session.show(page, (shown) => listText(shown, session));
    if (next !== null) session.note(`note: there are older jobs; list them with --before ${next}`);
  });

  const one = (name: string, does: string) =>
    addCommand(jobs, name, does, [
      `synergos jobs ${name} ${SAMPLE_JOB}`,
      `synergos jobs ${name} ${SAMPLE_JOB} --json`,
    ]).argument('<job>', 'id of the job', idText);
  act(shell, one('show', 'show a job'), async (session, _options, job_id = '') => {
    session.show(await session.driver.jobs.read({ job_id }), (job) => jobView(job, session));
  });
  act(shell, one('cancel', 'cancel a queued or running job'), async (session, _options, job_id = '') => {
    session.show(await session.driver.jobs.cancel({ job_id }), (job) => jobView(job, session));
  });
  act(
    shell,
    one('watch', 'follow a job to its end; Ctrl-C leaves it running; --json prints one line per event'),
    async (session, _options, job_id = '') =>
      requireContributions(await follow(session, () => Promise.resolve([job_id]), resultWatcher(session))),
  );
}

/** Returns the newest job that trains a run. */
export async function newestTraining({ driver }: Session, run: object): Promise<Job | undefined> {
  return (await driver.jobs.list({ ...run, kind: 'train', limit: 1 })).jobs[0];
}

const MOST_JOBS = 1000;

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_JOBS)
    throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_JOBS}.`);
  return limit;
}

export function noTraining(run: object): SynergosError {
  const path = Object.values(run).join('/');
  return new SynergosError(`${path} was never trained; train it with --train`, {
    status: 404,
    code: 'not_trained',
  });
}

function listText(jobs: readonly Job[], { style, shell }: Session): string {
  const now = shell.now();
  return tableText(
    jobs,
    [
      { title: 'job', value: ({ id }) => printable(id) },
      { title: 'kind', value: ({ kind }) => printable(kind) },
      { title: 'of', value: ({ payload }) => targetText(payload) },
      { title: 'state', value: ({ state }) => style.state(state) },
      { title: 'created', value: ({ createdAt }) => whenText(createdAt, now) },
      { title: 'took', value: (job) => tookText(job, now), align: 'right' },
    ],
    { style, none: 'no jobs' },
  );
}

function jobView(job: Job, { style, shell }: Session): string {
  const { id, kind, payload, state, attempts, createdAt, error } = job;
  const now = shell.now();
  return fieldsText(
    [
      ['job', printable(id)],
      ['kind', printable(kind)],
      ['of', targetText(payload)],
      ['state', style.state(state)],
      ...(error === null ? [] : [['reason', printable(`${error.message} (${error.code})`)] as const]),
      ...droppedOf(job).map((one) => ['dropped', printable(droppedText(one))] as const),
      ['created', `${localText(createdAt)} (${whenText(createdAt, now)})`],
      ['took', tookText(job, now)],
      ['attempts', valueText(attempts)],
    ],
    style,
  );
}

function tookText({ startedAt, finishedAt }: Job, now: Date): string {
  if (startedAt === null) return '–';
  const end = finishedAt === null ? now.getTime() : Date.parse(finishedAt);
  return spanText(Math.max(0, end - Date.parse(startedAt)) / 1000);
}

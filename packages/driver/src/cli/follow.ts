import type { Driver } from '../driver.js';
import type { Job, JobEvent } from '../types.js';
import { Interrupted } from './failures.js';
import { openLiveLine } from './live-line.js';
import { advance, eventText, isEnd, isRoutine, jobText, progressText, type Progress } from './progress.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';
import { spanText } from './times.js';

/** Receives jobs and their events while they run. */
export interface Watcher {
  job(job: Job): void;
  event(event: JobEvent): void;
  close(): void;
}

/** Prints one JSON value per event. */
export function jsonWatcher({ stdout }: Shell): Watcher {
  return {
    job: () => {},
    event: (event) => void stdout.write(`${JSON.stringify(event)}\n`),
    close: () => {},
  };
}

/** Prints progress as text. */
export function lineWatcher(shell: Shell, stream: NodeJS.WriteStream): Watcher {
  const line = openLiveLine(shell, stream);
  let label = '';
  let progress: Progress = { done: 0 };
  let startedMs = 0;
  let endedMs = 0;
  const live = () => {
    const since = startedMs === 0 ? 'queued' : spanText((shell.now().getTime() - startedMs) / 1000);
    return [label, progressText(progress), since].filter((part) => part !== '').join(' · ');
  };
  const endText = (type: string) => {
    const took = startedMs === 0 ? '' : spanText((endedMs - startedMs) / 1000);
    return [type, progressText(progress), took].filter((part) => part !== '').join(' · ');
  };
  return {
    job(job) {
      label = jobText(job);
      progress = { done: 0 };
      startedMs = job.startedAt === null ? 0 : Date.parse(job.startedAt);
      line.live(live);
    },
    event(event) {
      if (event.type === 'started') startedMs = Date.parse(event.at);
      endedMs = Date.parse(event.at);
      progress = advance(progress, event);
      const text = isEnd(event) ? endText(event.type) : eventText(event);
      if (text !== undefined && !(line.moves && isRoutine(event))) line.line(`${label}: ${text}`);
      line.live(live);
    },
    close: () => line.close(),
  };
}

export function silentWatcher(): Watcher {
  return { job: () => {}, event: () => {}, close: () => {} };
}

/** Shows the progress of a command whose result is records: on standard error. */
export function progressWatcher({ json, shell }: Session): Watcher {
  return json ? silentWatcher() : lineWatcher(shell, shell.stderr);
}

/** Shows the progress of a command whose result is the progress: on standard output. */
export function resultWatcher({ json, shell }: Session): Watcher {
  return json ? jsonWatcher(shell) : lineWatcher(shell, shell.stdout);
}

/**
 * Starts jobs, follows them to their end and resolves with them; rejects with the error of one that failed. Ctrl-C ends the
 * following, not the jobs.
 */
export async function follow(
  { shell, driver }: Session,
  start: () => Promise<readonly string[]>,
  watcher: Watcher,
): Promise<readonly Job[]> {
  const done: Job[] = [];
  const stop = new AbortController();
  const ignoreInterrupt = shell.onInterrupt(() => stop.abort());
  let left: readonly string[] = [];
  try {
    left = await start();
    while (left.length > 0) {
      stop.signal.throwIfAborted();
      done.push(await followOne(driver, left[0]!, watcher, stop.signal));
      left = left.slice(1);
    }
    return done;
  } catch (error) {
    throw stop.signal.aborted && left.length > 0 ? leaving(left) : error;
  } finally {
    ignoreInterrupt();
    watcher.close();
  }
}

async function followOne(
  driver: Driver,
  job_id: string,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<Job> {
  watcher.job(await driver.jobs.read({ job_id }));
  return driver.jobs.wait({ job_id }, { signal, onEvent: (event) => watcher.event(event) });
}

function leaving(jobs: readonly string[]): Interrupted {
  const [first = ''] = jobs;
  const what = jobs.length === 1 ? `job ${first} continues` : `jobs ${jobs.join(', ')} continue`;
  return new Interrupted(
    `${what}; follow with \`synergos jobs watch ${first}\`, cancel with \`synergos jobs cancel ${first}\``,
  );
}

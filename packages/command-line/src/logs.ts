import { hostname } from 'node:os';
import { Identities, startLogging, type Logging } from '@synergos/logging';
import type { LoggingChoices } from './logging-options.js';

export interface Logs {
  readonly id: string;
  readonly role: 'director' | 'ttp' | 'worker';
  readonly options: LoggingChoices;
  /** Names in the options, which the censor knows from the start. */
  readonly participants?: readonly string[];
  readonly hosts?: readonly (string | undefined)[];
  readonly paths?: readonly (string | undefined)[];
}

/** Starts the logs of an app by its options. */
export function startLogs({ id, role, options, participants = [], hosts = [], paths = [] }: Logs): Logging {
  const { graylog, censored, censor, debug } = options;
  const identities = censored ? new Identities() : undefined;
  if (identities !== undefined) {
    for (const participant of participants) identities.conceal('participant', participant);
    for (const host of [hostname(), graylog?.host, ...hosts])
      if (host !== undefined) identities.conceal('host', host);
    for (const path of paths) if (path !== undefined) identities.conceal('path', path);
    for (const text of censor) identities.conceal('text', text);
  }
  return startLogging({ node: id, role, debug, graylog, identities });
}

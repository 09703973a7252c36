import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ParticipantStatus } from '../types.js';
import { act, addCommand } from './commands.js';
import { durationSeconds } from './duration.js';
import { WrongUse } from './failures.js';
import { idText } from './ids.js';
import type { Session } from './session.js';
import type { Shell } from './shell.js';
import { fieldsText } from './table.js';
import { printable, valueText } from './text.js';
import { whenText } from './times.js';

/** Adds the commands for the worker of a participant: its token and its connection. */
export function addParticipantCommands(participants: Command, shell: Shell): void {
  const token = addCommand(
    participants,
    'token',
    "issue a new token for the participant's worker; it is shown once and replaces the old one",
    [
      'synergos participants token hospital-1',
      'synergos participants token hospital-1 --output hospital-1.token',
      'synergos participants token hospital-1 --expires-in 90d',
    ],
  )
    .argument('<participant>', 'id of the participant', idText)
    .option('-o, --output <file>', 'write the token to a file that only you can read, and do not show it')
    .option(
      '--expires-in <duration>',
      'how long the token is valid, such as 12h or 90d (default: for ever)',
      durationSeconds,
    );
  act(shell, token, async ({ driver, show }, { output, expiresIn }, participant_id = '') => {
    const asked = { participant_id, ...(typeof expiresIn === 'number' && { expires_in: expiresIn }) };
    if (typeof output !== 'string')
      return show(await driver.participants.issueToken(asked), (issued) => issued.token);
    await reserve(output);
    const issued = await driver.participants.issueToken(asked);
    await writeFile(output, `${issued.token}\n`);
    show(
      { participant_id, file: output },
      () => `saved the token of ${printable(participant_id)} in ${output}`,
    );
  });

  const status = addCommand(participants, 'status', "show whether the participant's worker is connected", [
    'synergos participants status hospital-1',
    'synergos participants status hospital-1 --json | jq .connected',
  ]).argument('<participant>', 'id of the participant', idText);
  act(shell, status, async (session, _options, participant_id = '') => {
    session.show(await session.driver.participants.status({ participant_id }), (one) =>
      statusText(one, session),
    );
  });
}

/** Creates the file before the token is issued: a token that cannot be written would be lost, and the old one void. */
async function reserve(file: string): Promise<void> {
  try {
    await writeFile(file, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'exists' : `cannot be written (${code})`;
    throw new WrongUse(`--output: ${file} ${why}; give another file`);
  }
}

function statusText(status: ParticipantStatus, { style, shell }: Session): string {
  const { participant, connected, lastSeen, software, hardware = {}, capabilities } = status;
  return fieldsText(
    [
      ['participant', printable(participant)],
      ['connected', valueText(connected)],
      ['last seen', lastSeen === undefined ? 'never' : whenText(lastSeen, shell.now())],
      ['software', valueText(software)],
      ...Object.entries(hardware).map(([name, value]) => [printable(name), valueText(value)] as const),
      ['capabilities', valueText(capabilities)],
    ],
    style,
  );
}

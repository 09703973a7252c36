#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answersAmqp, freePort, listens } from './ports.js';
import { endGroup, findRabbitmq, startRabbitmq } from './rabbitmq-process.js';

const PORT = 5672;
const CONTAINER = 'synergos-rabbitmq';
/** One folder for each user. A restart of the machine removes the folder and ends the service. */
const directory = join(tmpdir(), `synergos-services-${userInfo().uid}`);
const pidFile = join(directory, 'rabbitmq.pid');

const has = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const run = (program: string, ...args: string[]) =>
  spawnSync(program, args, { stdio: 'inherit' }).status === 0;

/** RabbitMQ on this machine: the one that runs; else Debian's package, installed if need be; else a container. */
async function up(): Promise<string> {
  if (await listens(PORT)) return 'runs already';
  if (findRabbitmq() === undefined && userInfo().uid === 0 && has('apt-get')) {
    console.log('Installing the package rabbitmq-server …');
    if (!run('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'rabbitmq-server'))
      run('sh', '-c', 'apt-get update -qq && apt-get install -y -qq --no-install-recommends rabbitmq-server');
    // The package may have started it.
    if (await listens(PORT)) return 'was installed and runs';
  }
  const programs = findRabbitmq();
  if (programs !== undefined) {
    mkdirSync(directory, { recursive: true });
    const child = await startRabbitmq({
      programs,
      directory: join(directory, 'rabbitmq'),
      port: PORT,
      distributionPort: await freePort(),
    });
    writeFileSync(pidFile, `${child.pid}\n`);
    child.unref();
    return 'was started';
  }
  if (
    has('docker') &&
    run('docker', 'run', '-d', '--rm', '--name', CONTAINER, '-p', `127.0.0.1:${PORT}:${PORT}`, 'rabbitmq:4')
  ) {
    for (let tries = 0; tries < 300; tries++, await delay(200))
      if (await answersAmqp(PORT)) return 'was started in a container';
  }
  throw new Error(
    'there is no RabbitMQ here; install it (Debian: apt-get install rabbitmq-server), or Docker',
  );
}

/** Ends what `up` started. */
async function down(): Promise<string> {
  if (existsSync(pidFile)) {
    await endGroup(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    rmSync(directory, { recursive: true, force: true });
    return 'was ended';
  }
  if (has('docker') && spawnSync('docker', ['stop', CONTAINER], { stdio: 'ignore' }).status === 0)
    return 'was ended, with its container';
  return (await listens(PORT)) ? 'runs, and was not started from here: it is left alone' : 'does not run';
}

const command = process.argv[2];
try {
  if (command !== 'up' && command !== 'down')
    throw new Error('expected npm run services:up or npm run services:down');
  const outcome = await (command === 'up' ? up() : down());
  console.log(`RabbitMQ ${outcome}${command === 'up' ? `: --queue rabbitmq 127.0.0.1 ${PORT}` : ''}`);
  process.exit(0);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  process.exit(2);
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { componentLogger, createLogger, type LoggerOptions } from './logger.js';

function captured(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    node: 'ttp/1',
    role: 'ttp',
    stream: { write: (line: string) => void lines.push(line) },
    ...options,
  });
  return { logger, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('a logger', () => {
  it('writes one JSON object a line with time, level, node, role and fields', () => {
    const { logger, lines, records } = captured();
    logger.info({ round: 3, loss: 0.25 }, 'round over');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(records()[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      node: 'ttp/1',
      role: 'ttp',
      round: 3,
      loss: 0.25,
      msg: 'round over',
    });
  });

  it('writes from its level upwards', () => {
    const { logger, records } = captured({ level: 'warn' });
    logger.debug({}, 'one');
    logger.info({}, 'two');
    logger.warn({}, 'three');
    logger.error({}, 'four');
    expect(records().map(({ msg }) => msg)).toEqual(['three', 'four']);
  });

  it('writes nothing when silent', () => {
    const { logger, lines } = captured({ level: 'silent' });
    logger.error({}, 'one');
    expect(lines).toEqual([]);
  });

  it('names the component in what its part of the process writes', () => {
    const { logger, records } = captured();
    componentLogger(logger, 'data-plane').info({}, 'one');
    logger.info({}, 'two');
    expect(records().map(({ component }) => component)).toEqual(['data-plane', undefined]);
  });

  it.each(['err', 'error'])('writes an error under %s with type, stack, code and cause', (field) => {
    const { logger, records } = captured();
    const cause = new Error('disk gone');
    logger.error(
      { [field]: Object.assign(new TypeError('write failed', { cause }), { code: 'storage_full' }) },
      'x',
    );
    expect(records()[0]?.[field]).toMatchObject({
      type: 'TypeError',
      message: 'write failed: disk gone',
      code: 'storage_full',
      stack: expect.stringMatching(/TypeError: write failed\n[^]*caused by: Error: disk gone/) as string,
    });
  });
});

describe('a secret', () => {
  const secret = 'hunter-2-hunter-2';

  it.each(['token', 'password', 'secret', 'authorization', 'cookie'])(
    'under the name %s is not written',
    (name) => {
      const { logger, lines } = captured();
      logger.info({ [name]: secret }, 'top');
      logger.info({ request: { headers: { [name]: secret } } }, 'below');
      logger.info({ a: { b: { c: { d: { e: { [name]: secret } } } } } }, 'deep');
      logger.info({ list: [{ [name]: secret }] }, 'in a list');
      logger.info({ [name]: { value: secret } }, 'an object');
      logger.info({ [name]: [secret] }, 'a list');
      logger.child({ [name]: secret }).info({}, 'a child');
      logger.error({ err: Object.assign(new Error('x'), { [name]: secret }) }, 'an error');
      expect(lines).toHaveLength(8);
      for (const line of lines) expect(line).not.toContain('hunter');
      for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    },
  );

  it.each([
    [{ headers: { Authorization: secret } }, 'upper case'],
    [{ accessToken: `${secret} "quoted" ${secret}` }, 'a longer name'],
    [{ text: `Authorization: Bearer ${secret}` }, 'a field'],
    [{}, `answered 401 to bearer ${secret}`],
    [{ err: new Error(`refused Bearer ${secret}`) }, 'an error'],
    [{ url: `postgres://synergos:${secret}@db:5432/records` }, 'a URL'],
    [{ argv: ['--token', `syn_w_${secret}`] }, 'a token'],
  ])('in %o, %s is not written', (fields, message) => {
    const { logger, lines, records } = captured();
    logger.info(fields, message);
    expect(lines[0]).not.toContain('hunter');
    expect(lines[0]).toContain('[secret]');
    expect(records()).toHaveLength(1);
  });

  it('is removed; text that only resembles a secret is kept', () => {
    const { logger, records } = captured();
    const fields = {
      tokens: ['a', 'b'],
      url: 'http://127.0.0.1:5000/ttp',
      tokenizer: 'words',
      participant: 'bearer',
    };
    logger.info(fields, 'see user@host: 3 cookies');
    expect(records()[0]).toMatchObject({ ...fields, msg: 'see user@host: 3 cookies' });
  });

  it('is not written for people either', () => {
    const { logger, lines } = captured({ pretty: true });
    logger.warn({ token: secret, url: `https://me:${secret}@host` }, `Bearer ${secret}`);
    expect(lines.join('')).not.toContain('hunter');
  });
});

describe('for people', () => {
  it('a line has time, level, component and message, and its fields below', () => {
    const { logger, lines } = captured({ pretty: true });
    componentLogger(logger, 'orchestration').info({ round: 3 }, 'round over');
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\] INFO: orchestration: round over\n {4}round: 3\n$/);
  });

  it('an error has its stack on lines of its own', () => {
    const { logger, lines } = captured({ pretty: true });
    logger.error({ err: new Error('boom') }, 'job failed');
    expect(lines.join('')).toMatch(/ERROR: job failed\n[^]*Error: boom\n\s+at /);
  });

  it.each([true, false])(
    'or for machines, the last line of a process that exits at once is written (pretty: %s)',
    async (pretty) => {
      const built = join(import.meta.dirname, 'index.js');
      const script = `
      import { createLogger } from ${JSON.stringify(built)};
      createLogger({ node: 'n', role: 'worker', pretty: ${pretty} }).error({}, 'the last words');
      process.exit(3);`;
      const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
      await expect(run).rejects.toMatchObject({
        code: 3,
        stdout: expect.stringContaining('the last words') as string,
      });
    },
  );
});

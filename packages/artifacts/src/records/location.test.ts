import { describe, expect, it } from 'vitest';
import { parseLocation } from './location.js';

describe('the location of a database', () => {
  it.each([
    ['postgres://u:p@h:5432/d', { dialect: 'postgres', url: 'postgres://u:p@h:5432/d' }],
    ['POSTGRESQL://h/d', { dialect: 'postgres', url: 'POSTGRESQL://h/d' }],
    ['sqlite:records.db', { dialect: 'sqlite', path: 'records.db' }],
    ['sqlite:/data/records.db', { dialect: 'sqlite', path: '/data/records.db' }],
    ['sqlite:///data/records.db', { dialect: 'sqlite', path: '/data/records.db' }],
  ])('is read from %s', (url, expected) => expect(parseLocation({ url })).toEqual(expected));

  it('may be a path', () =>
    expect(parseLocation({ path: 'postgres://x' })).toEqual({ dialect: 'sqlite', path: 'postgres://x' }));

  it.each([
    ['mysql://u:hunter2@h/d', /'mysql:' is none/],
    ['u@hunter2', /no scheme/],
    ['/data/hunter2.db', /no scheme/],
    ['', /no scheme/],
    ['sqlite:', /names no file/],
    ['postgres://u:1/hunter2@h/d', /%2F/],
    ['postgres://u:1?hunter2@h/d', /%3F/],
    ['postgres://u:1#hunter2@h/d', /%23/],
    ['postgres:hunter2', /\/\/ is missing/],
  ])('is rejected if it is %s, with a hint and without the password', (url, says) => {
    const parse = () => parseLocation({ url });
    expect(parse).toThrow(says);
    expect(parse).toThrow(expect.objectContaining({ code: 'malformed_database_url' }) as Error);
    expect(parse).toThrow(/^(?!.*hunter2).*postgres:\/\/USER.*sqlite:PATH/s);
  });
});

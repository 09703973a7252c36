import { MalformedDatabaseUrl } from '../errors.js';

/** Location of a database: a SQLite file, or a URL (`postgres://…`, `postgresql://…`, `sqlite:PATH`). */
export type DatabaseLocation = { readonly path: string } | { readonly url: string };

/** Throws `MalformedDatabaseUrl`, which never repeats the URL: it may hold a password. */
export function parseLocation(
  location: DatabaseLocation,
):
  | { readonly dialect: 'sqlite'; readonly path: string }
  | { readonly dialect: 'postgres'; readonly url: string } {
  if ('path' in location) return { dialect: 'sqlite', path: location.path };
  const [, scheme, rest = ''] = /^([a-z][\w+.-]*):(.*)$/is.exec(location.url.trim()) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      throw new MalformedDatabaseUrl('it has no scheme');
    case 'postgres':
    case 'postgresql':
      if (!rest.startsWith('//')) throw new MalformedDatabaseUrl('// is missing after its scheme');
      if (/^\/\/[^/?#]*[/?#].*@/s.test(rest))
        throw new MalformedDatabaseUrl(
          '@, /, ? and # in a user, password or name are written %40, %2F, %3F, %23',
        );
      return { dialect: 'postgres', url: location.url.trim() };
    case 'sqlite': {
      const path = rest.replace(/^\/\//, '');
      if (path === '') throw new MalformedDatabaseUrl('it names no file');
      return { dialect: 'sqlite', path };
    }
    default:
      throw new MalformedDatabaseUrl(`'${scheme}:' is none of the databases known here`);
  }
}

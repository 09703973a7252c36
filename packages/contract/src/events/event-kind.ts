import { z } from 'zod';

export type EventLevel = 'info' | 'warn' | 'error';

/** One type of job event. */
export interface EventKind<Shape extends z.core.$ZodShape = z.core.$ZodShape> {
  /** At which level an emitter logs it. */
  readonly level: EventLevel;
  /** One line for the reference. */
  readonly meaning: string;
  readonly schema: z.ZodObject<Shape>;
}

/** Defines a type of event by its line in the reference and its fields; a description of a field is its line. */
export function eventKind<Shape extends z.core.$ZodLooseShape>(
  meaning: string,
  shape: Shape,
  level: EventLevel = 'info',
): EventKind<Shape> {
  return { level, meaning, schema: z.object(shape) };
}

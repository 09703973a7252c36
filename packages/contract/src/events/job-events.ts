import type { z } from 'zod';
import type { EventKind } from './event-kind.js';
import { projectEvents } from './project-events.js';
import { queueEvents } from './queue-events.js';
import { trainingEvents } from './training-events.js';
import { optimizationEvents, trialEvents } from './trial-events.js';

/** The types of events, in the groups of the reference. */
export const eventGroups = {
  'Every job': queueEvents,
  'Align, validate and predict': projectEvents,
  Training: trainingEvents,
  Optimization: { ...optimizationEvents, ...trialEvents },
} as const;

/** Every type of event that a job emits. */
export const jobEvents = {
  ...queueEvents,
  ...projectEvents,
  ...trainingEvents,
  ...optimizationEvents,
  ...trialEvents,
} as const;

export type JobEventType = keyof typeof jobEvents;
export type JobEventData<Type extends JobEventType> = Readonly<z.output<(typeof jobEvents)[Type]['schema']>>;
/** An event whose type decides its data. */
export type TypedEvent = {
  readonly [Type in JobEventType]: { readonly type: Type; readonly data: JobEventData<Type> };
}[JobEventType];

/** Appends an event to a job's history. */
export type EmitEvent = <Type extends JobEventType>(type: Type, data: JobEventData<Type>) => Promise<void>;

export function isJobEventType(type: string): type is JobEventType {
  return Object.hasOwn(jobEvents, type);
}

/** The two arguments of `emit` as one value that a `switch` over its type narrows. */
export function typedEvent<Type extends JobEventType>(type: Type, data: JobEventData<Type>): TypedEvent {
  return { type, data } as TypedEvent;
}

/** A stored or received event; undefined if another version wrote it: its type or its fields differ. */
export function readEvent(event: { readonly type: string; readonly data: unknown }): TypedEvent | undefined {
  const { type } = event;
  if (!isJobEventType(type)) return undefined;
  const { schema }: EventKind = jobEvents[type];
  const { success, data } = schema.safeParse(event.data);
  return success ? ({ type, data } as TypedEvent) : undefined;
}

/** `participant dropped`: an event as a short phrase. */
export function eventPhrase(type: string): string {
  return type.replaceAll('_', ' ');
}

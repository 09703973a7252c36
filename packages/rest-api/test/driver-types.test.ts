import { expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type {
  CollaborationFields,
  ExperimentFields,
  ExperimentIds,
  OptimizationRequest,
  ParticipantFields,
  PredictionRequest,
  ProjectFields,
  RegistrationFields,
  RegistrationNode,
  RunFields,
  TagFields,
  TokenFields,
} from '@synergos/driver';
import * as collaborations from '../src/resources/collaborations.js';
import * as experiments from '../src/resources/experiments.js';
import { optimizationBody } from '../src/resources/optimization-plan.js';
import * as participants from '../src/resources/participants.js';
import * as predictions from '../src/resources/predictions.js';
import * as projects from '../src/resources/projects.js';
import * as registrations from '../src/resources/registrations.js';
import * as runs from '../src/resources/runs.js';
import * as tags from '../src/resources/tags.js';

/** Lists may be read-only in the SDK's types; JSON has no difference. */
type Writable<Value> = Value extends readonly (infer Item)[]
  ? Writable<Item>[]
  : Value extends object
    ? { -readonly [Name in keyof Value]: Writable<Value[Name]> }
    : Value;

// Checked by `npm run typecheck`: a field that only one side has, or with another type, is an error.
it('the types of the Driver match the schemas of the API', () => {
  expectTypeOf<Writable<CollaborationFields>>().toExtend<z.input<typeof collaborations.fields>>();
  expectTypeOf<keyof CollaborationFields>().toEqualTypeOf<keyof z.input<typeof collaborations.fields>>();
  expectTypeOf<Writable<ProjectFields>>().toExtend<z.input<typeof projects.fields>>();
  expectTypeOf<keyof ProjectFields>().toEqualTypeOf<keyof z.input<typeof projects.fields>>();
  expectTypeOf<Writable<ExperimentFields>>().toExtend<z.input<typeof experiments.fields>>();
  expectTypeOf<keyof ExperimentFields>().toEqualTypeOf<keyof z.input<typeof experiments.fields>>();
  expectTypeOf<Writable<RunFields>>().toExtend<z.input<typeof runs.fields>>();
  expectTypeOf<Writable<ParticipantFields>>().toExtend<z.input<typeof participants.fields>>();
  expectTypeOf<keyof ParticipantFields>().toEqualTypeOf<keyof z.input<typeof participants.fields>>();
  expectTypeOf<Writable<RegistrationFields>>().toExtend<z.input<typeof registrations.registrationSchema>>();
  expectTypeOf<Writable<RegistrationNode>>().toExtend<z.input<typeof registrations.nodeSchema>>();
  expectTypeOf<keyof RegistrationNode>().toEqualTypeOf<keyof z.input<typeof registrations.nodeSchema>>();
  expectTypeOf<TokenFields>().toExtend<NonNullable<z.input<typeof participants.tokenBody>>>();
  expectTypeOf<Writable<TagFields>>().toExtend<z.input<typeof tags.tagSchema>>();
  type Optimization = Omit<OptimizationRequest, keyof ExperimentIds>;
  expectTypeOf<Writable<Optimization>>().toExtend<z.input<typeof optimizationBody>>();
  expectTypeOf<Writable<Pick<PredictionRequest, 'tags'>>>().toExtend<
    NonNullable<z.input<typeof predictions.body>>
  >();
});

import { resolve } from 'node:path';
import { canonicalJson, sha256Hex } from './canonical.ts';
import type { RecallOverrides } from './config/settings.ts';
import { BenchError, ExitCode } from './errors.ts';
import { harnessCell } from './ledger/interrupted.ts';
import { type Plan, planRun, type RunFlags } from './plan.ts';
import type { RecallPlan } from './recall-plan.ts';
import { openPlace, type Place } from './repository.ts';
import { type Knob, type KnobFile, knobFile, writeKnobFiles } from './sweep-knobs.ts';
import type { SweepArm } from './verdict/sweep.ts';
import type { World } from './world.ts';

/** What the command line says of a sweep. */
export interface SweepFlags extends RunFlags {
  /** Members of `recall:` that stand over all files. */
  readonly members: RecallOverrides;
  readonly knob: Knob | null;
  readonly order: 'random' | 'listed';
  readonly resume: boolean;
}

/** A sweep, all of it checked and nothing started. */
export interface SweepPlan {
  readonly root: string;
  readonly place: Place;
  readonly arms: readonly SweepArm[];
  readonly contexts: readonly string[];
  /** Of the items, the same for all arms. */
  readonly recall: RecallPlan;
  /** What every cell is asked, in the file's own names; contexts left out. */
  readonly members: RecallOverrides;
  readonly launches: number;
  /** Names all that must be the same to go on with it: files, items, launches, bench itself. */
  readonly key: string;
}

/**
 * Reads and checks every arm at every context.
 * @param configs as the user names them.
 * @throws BenchError (exit 2) for mistakes in a file, dirt, or arms that would be asked different items; files that were
 *   made for a knob are taken away again.
 */
export async function planSweep(
  configs: readonly string[],
  flags: SweepFlags,
  world: World,
): Promise<SweepPlan> {
  const bases: Plan[] = [];
  for (const config of configs)
    bases.push(await planRun(config, { ...flags, onlyRecall: flags.members }, world));
  const [first] = bases;
  if (first === undefined) throw usage('There is nothing to sweep', 'Name configs, or engines by --engines.');
  const recall = requireRecall(first);
  const members = membersOf(recall, flags.members);
  const files = bases.flatMap((base) => filesOf(base, flags.knob));
  const undo = writeKnobFiles(
    first.loaded.root,
    files.map(({ file }) => file),
  );
  try {
    return await checked(first, { files, recall, members }, flags, world);
  } catch (error) {
    // A sweep that is refused has written nothing.
    undo();
    throw error;
  }
}

async function checked(
  first: Plan,
  { files, recall, members }: { files: readonly ArmFile[]; recall: RecallPlan; members: RecallOverrides },
  flags: SweepFlags,
  world: World,
): Promise<SweepPlan> {
  const plans: Plan[] = [];
  for (const { file } of files) {
    const path = resolve(first.loaded.root, file.config);
    const asked = { ...members, contexts: [...recall.contexts] };
    plans.push(await planRun(path, { ...flags, onlyRecall: asked }, world));
  }
  requireSame(first, plans);
  const place = await openPlace(first, flags, world);
  for (const plan of plans) await openPlace(plan, flags, world);
  const arms = armsOf(plans, files);
  return {
    ...{ root: first.loaded.root, place, arms, contexts: recall.contexts, recall, members },
    launches: flags.launches ?? 1,
    key: keyOf(plans, place, { members, contexts: recall.contexts, launches: flags.launches ?? 1 }),
  };
}

interface ArmFile {
  readonly base: Plan;
  readonly file: KnobFile;
  readonly knob: SweepArm['knob'];
}

function filesOf(base: Plan, knob: Knob | null): ArmFile[] {
  const { configPath } = base.loaded;
  if (knob === null) return [{ base, file: { config: configPath, value: '', text: null }, knob: null }];
  return knob.values.map((value) => ({
    base,
    file: knobFile(base.experiment, configPath, knob.flag, value),
    knob: { flag: knob.flag, value },
  }));
}

function requireRecall({ recall, loaded }: Plan): RecallPlan {
  if (recall !== null) return recall;
  throw usage(
    `${loaded.configPath} does not say at which contexts to sweep`,
    'Name them: --contexts 4k,8k,16k. Or give the file `recall: { contexts: [4k, 8k, 16k] }`.',
  );
}

/** What the first file is asked all are asked, whatever their own `recall:` says. */
function membersOf(recall: RecallPlan, { babilong, haystack }: RecallOverrides): RecallOverrides {
  const { task, n, seed, scorer, thinking, maxTokens } = recall;
  return {
    ...{ task, n, seed, scorer, thinking, max_tokens: maxTokens },
    ...(babilong === undefined ? {} : { babilong }),
    ...(haystack === undefined ? {} : { haystack }),
  };
}

function requireSame(first: Plan, plans: readonly Plan[]): void {
  const other = plans.find(
    ({ recall, loaded }) => recall?.set.id !== first.recall?.set.id || loaded.root !== first.loaded.root,
  );
  if (other === undefined) return;
  const [one, two] = [first.loaded.configPath, other.loaded.configPath];
  throw other.loaded.root === first.loaded.root
    ? usage(
        `${one} and ${two} would be asked different items`,
        'Name the items for all of them: --babilong FOLDER or --haystack FOLDER.',
      )
    : usage(`${one} and ${two} are in different repositories`, 'Sweep configs of one repository.');
}

/** The file's name says it; what else tells two apart stands behind it. */
function armsOf(plans: readonly Plan[], files: readonly ArmFile[]): SweepArm[] {
  const arms = plans.map((plan, at): SweepArm => {
    const { base, knob = null } = files[at] ?? {};
    const stem = (base ?? plan).loaded.configPath.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
    const label = knob === null ? stem : `${stem} ${knob.flag.replace(/^-+|^env\./, '')}=${knob.value}`;
    return { label, engine: plan.experiment.engine, config: plan.loaded.configPath, model: null, knob };
  });
  const twice = arms.find((arm, at) => arms.findIndex((one) => one.config === arm.config) !== at);
  if (twice !== undefined)
    throw usage(`${twice.config} would be swept twice`, 'Name each config, and each value, once.');
  return arms.map((arm) => {
    const isShared = arms.some((one) => one !== arm && one.label === arm.label);
    return isShared ? { ...arm, label: arm.config } : arm;
  });
}

function keyOf(plans: readonly Plan[], place: Place, asked: object): string {
  const texts = plans.map(({ loaded, workload }) => ({ texts: loaded.texts, workload }));
  const meaning = { texts, asked, harness: harnessCell(place.harness) };
  return sha256Hex(canonicalJson(JSON.parse(JSON.stringify(meaning)))).slice(0, 16);
}

function usage(message: string, hint: string): BenchError {
  return new BenchError(message, { exitCode: ExitCode.usage, hint });
}

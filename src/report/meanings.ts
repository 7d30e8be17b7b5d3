/** Finding code -> what it means for the numbers and what to do; a code alone is explained by its first sentence. */
const findings: { readonly [code: string]: string } = {
  errors: 'Failed requests are in no metric; the bundle has each one with what the engine said.',
  'not-steady':
    'The engine was still speeding up or wavering when measuring began; raise `warmup:`, or look for other load.',
  'given-up': 'The requests that were not asked count as failed: the run is void.',
  'warm-up-errors':
    'The last warm-up requests failed, so the engine may not have been warm when measuring began.',
  'flag-unknown': 'The engine does not know a name it was given: the knob is not turned.',
  'flag-ignored':
    'The engine says that it leaves out something it was asked for: the knob may not be turned.',
  'flag-overridden': 'The engine runs with another value than the file or its own default asks for.',
  'flag-deprecated': 'A name will go in a later version; the numbers are not touched.',
  fallback:
    'The engine runs on something else than was asked for or would be fastest; compare like with like.',
  'untuned-kernel':
    'No kernel configuration was tuned for this device, so a default one runs; tuning it would change the numbers.',
  autotune: 'Autotuning was left out or failed for some kernels, which then run on a default tactic.',
  preemptions: 'The cache was too small for what ran at once; those requests were computed twice.',
  compiling:
    'The engine compiled or tuned kernels while requests were timed; warm it up longer, or keep its caches.',
  'witness-disagrees': 'The engine and the client tell different times; trust neither until you know why.',
  'tokens-from-chunks':
    'Chunks are not always tokens: rates are right only if this engine sends one token a chunk.',
  'usage-approx': 'Where a first chunk holds several tokens, such a decode rate is too high.',
  'usage-mismatch': 'A count is wrong, and with it every rate that rests on it; compare them in the bundle.',
  'short-outputs': 'Their rates would say more about the draft than about the engine.',
  'cache-unverified':
    'Nothing shows whether the prefix cache was cold; TTFT may be that of a repeated prompt.',
  pgroup: 'A process that left the group and lost its parent could outlive the run.',
  'guard-lost': 'For a moment nothing would have ended the engine had bench been killed.',
  survivors: 'They may disturb what runs next; end them.',
  'log-lost': 'The engine log in the bundle is not complete.',
  'listens-everywhere': 'Other machines can reach the engine and disturb the measurement.',
  'env-unverified': 'The environment is the one that was asked for, as far as known.',
  'env-differs': 'The engine does not run in the environment that its file states.',
  'no-done': 'The stream ended without `[DONE]`; its text was whole.',
  'not-streamed': 'The engine answered in one piece: there is no TTFT and no decode rate to measure.',
  'data-after-done': 'The engine sent data after `[DONE]`; it is not counted.',
  'stale-connection': 'The engine closed the connection just as the request went out.',
  'loop-delay': "The client itself was late by more than a tenth of a token's time; use a less busy machine.",
  throttled:
    'The GPU ran slower than it was set to; cool it, lock its clocks, or raise its power limit, then measure again.',
  'cpu-quota':
    'A container or service limit stopped the engine for parts of each period; give it more processors.',
  steal: 'Another virtual machine had the processors meanwhile; measure at a quieter time.',
  'memory-pressure': 'The machine was short of memory while it measured; use less context, or free some.',
  swapped: 'Something was moved to swap or back; free memory, or turn swap off.',
  'oom-kill':
    'Something was ended for want of memory beside or in the engine; its numbers may be those of a remnant.',
  'pcie-replays': 'The link to the GPU is bad or overheated: transfers take longer, not always equally long.',
  'gpu-held': 'The next measurement would share the GPU with what is left; end it.',
  primed:
    'The measured launches found what it compiled, so they are alike; the first start on a machine takes longer than theirs.',
  'cache-still-changing':
    'Every start compiles something anew, so starts may differ from each other; look at what changes in that folder.',
  multi: 'More than one knob differs from the parent: the difference has no single cause.',
  'inputs-changed': 'The hashes of this row are those from before the first launch.',
  resumed: 'Its first pairs were measured by a run that was cut off.',
  'outputs-differ':
    'Other kernels round otherwise, so greedy answers may part; look at where, and whether they still make sense.',
  'output-length': 'A rate over shorter answers is not the same work; see that the candidate still answers.',
  'pair-dropped':
    'The machine, not the experiment, changed during that pair; another was measured in its place.',
  'calibration-dropped':
    'Noisier pairs than a calibration expects are judged by their own spread, which needs one pair more.',
  'calibration-outgrown':
    'The noise is larger than it was: these pairs were judged without the calibration, and it no longer counts. Calibrate again.',
  cliff: 'Longer contexts than that do not work as it was started; the record has each that was tried.',
  'cliff-none': 'Look at how the shortest fails: length may have nothing to do with it.',
  'cliff-over': 'Ask for a longer --max to find it.',
  'cliff-not-monotone': 'There is no single longest: trust only what lies below the first failure.',
  'cliff-unsteady': 'A failure that came once may come again; look at what the engine said.',
};

/** Reason of a row (before any colon) -> the sentence behind it. */
const reasons: { readonly [reason: string]: string } = {
  baseline: 'the first of its workload, model, hardware and engine; what later runs are compared with',
  repeat: 'a baseline of this workload, model, hardware and engine exists; this one claims nothing',
  marked: 'a person decided so; the numbers are those of the row it stands for',
  better: 'better than its baseline, whatever the noise made of these pairs',
  simpler: 'no worse than the knobs that it saves may cost',
  worse: 'worse than its baseline, whatever the noise made of these pairs',
  'worse:early':
    'the first pair alone lies far below what the calibration calls noise, so no more were measured',
  equivalent: 'it cannot be worth the smallest effect that counts',
  inconclusive: 'the pairs or the time were spent before it was known; no evidence against it',
  guard: 'it costs more elsewhere than its guard allows',
  provisional: 'one launch beyond the floor against stored numbers; only pairs could keep it',
  noop: 'the engine would get just what its parent gives it, so nothing was launched',
  unjudged: 'measured without a verdict, which takes pairs of launches with a parent',
  unwitnessed: 'bench did not start this engine and cannot say what it was',
  dirty: 'measured with uncommitted changes, so it can never be kept',
  interrupted: 'stopped before it was done; it says nothing about the experiment',
  invalid: 'the numbers are void; they say nothing about the experiment',
  'host-failure': 'the machine failed, not the experiment',
  'oom-load': 'out of memory while it loaded',
  'oom-graph': 'out of memory while it captured graphs',
  'oom-run': 'out of memory while it served',
  'oom-host': 'the kernel ended it for lack of memory',
  'bad-flag': 'it does not know one of its flags',
  'ready-timeout': 'it was not ready in time',
  'engine-error': 'it ended or could not answer, and no known cause shows',
  'model-missing': 'it has not found the model, or does not serve it',
  'model-unnamed': 'it serves several models, and the file names none of them',
  'api-key': 'it refused requests without the API key that it wants',
  'model-unreadable': 'it cannot read the model',
  'model-gated': 'the model may only be had with a token that has been given access',
  'tokenizer-missing': 'it found no tokenizer that it can use',
  'import-error': 'a package or library is missing, or does not fit the others',
  'missing-library': 'a library of the system is missing',
  driver: 'the GPU driver is missing or too old for it',
  'fp8-unsupported': 'this GPU has no native FP8',
  'gpu-unsupported': "this GPU's architecture cannot run what was asked for",
  'disk-full': 'no room was left on the disk',
  'port-taken': 'its port was taken',
  daemonized: 'its first process ended and left others running; it must stay in the foreground',
};

/** Detail of an invalid measurement (`invalid:<detail>`) -> what made it void and what to do. */
const invalidities: { readonly [detail: string]: string } = {
  'client-late':
    'the numbers are void: bench itself was late by more than the gap between two tokens; leave it a core, or use a less busy machine',
  'cache-reused':
    'the numbers are void: the engine answered from its prefix cache; turn that off, or ask for `cache: warm`',
  compiling:
    'the numbers are void: the engine compiled or tuned something while it was measured; run again, now that it is cached',
  errors: 'the numbers are void: too many requests failed, in the ways that `errors` counts',
  'inputs-changed':
    'what the engine ran was replaced or edited meanwhile, so nobody knows what was measured; leave it alone and run again',
  load: 'three pairs were disturbed by other processes; stop them, or measure at a quieter time',
  suspended: 'the machine slept while pairs were measured; keep it awake',
  'clock-stepped': 'the wall clock was set while pairs were measured; look at what sets it',
  'machine-changed': 'the machine is not what it was when the pairs began; look at what changed it',
  throttled: 'a GPU was slowed down by its hardware while pairs were measured; cool it',
  'power-cap': 'a power cap held one arm back more than the other; raise it, or lock the clocks',
  'baseline-crashed': 'the baseline crashed, which says nothing of the candidate',
};

/** What a finding means and what to do about it; empty for a code that is not known here. */
export function findingMeaning(code: string): string {
  return findings[code] ?? findings[code.split(':')[0] ?? ''] ?? '';
}

/** What a row's reason means, for the word before its colon, or an invalid one's first detail; empty when it is not known here. */
export function reasonMeaning(reason: string): string {
  const [word = '', details = ''] = reason.split(':');
  const [detail = ''] = details.split(',');
  const whole = word === 'invalid' ? invalidities[detail] : reasons[`${word}:${detail}`];
  return whole ?? reasons[word] ?? '';
}

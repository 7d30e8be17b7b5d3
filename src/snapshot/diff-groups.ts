/**
 * What a difference belongs to, the likeliest to move a number first. The order is that of what field reports have
 * shown to explain drift (a driver: a third of the decode rate and more; a library moved inside an image: wildly worse;
 * a CPU quota: twice to forty-five times), after the hardware itself; what nobody has measured comes last.
 */
export const diffGroups = {
  hardware: { title: 'hardware', why: 'another machine: numbers of the two were never comparable' },
  driver: { title: 'GPU driver', why: 'reported to cost a third of the decode rate and more' },
  libraries: {
    title: 'libraries and image',
    why: 'kernels come from here: CUDA, cuDNN, NCCL, Triton, torch',
  },
  engine: { title: 'engine', why: 'its version, arguments, environment, and what it made of them' },
  model: { title: 'model', why: 'other weights are another subject' },
  processors: {
    title: 'share of the processors',
    why: 'quota, weight, affinity, NUMA: reported from 5 % to 45 times',
  },
  pace: { title: 'GPU clocks, power, heat', why: 'said to be worth 15-30 %' },
  link: {
    title: 'GPU links and neighbours',
    why: 'large with several GPUs; a neighbour takes memory and time',
  },
  memory: { title: 'memory policy', why: 'huge pages and swap: large for CPU inference, small for a GPU' },
  kernel: { title: 'kernel and firmware', why: 'mitigations and schedulers change what a call costs' },
  governor: { title: 'CPU clocks', why: 'matters where the processors compute or wake up' },
  caches: { title: 'compile caches', why: 'a cold start compiles; a warm one may run other kernels' },
  packages: { title: 'other packages', why: 'rarely in the path of a token' },
  machine: { title: 'machine', why: 'parts that no token passes' },
  harness: { title: 'bench itself', why: 'another version may measure otherwise' },
  places: { title: 'places', why: 'the same things elsewhere on the disk' },
  stated: { title: "the engine's own words", why: 'as its endpoints put it, unsorted' },
  unknown: { title: 'unknown', why: 'fields this version of bench has no opinion on' },
  untold: { title: 'told by one snapshot only', why: 'written by another version of bench' },
} as const;

/** A group's name. */
export type DiffGroup = keyof typeof diffGroups;

/** Groups in their order. */
export const diffGroupNames = Object.keys(diffGroups) as readonly DiffGroup[];

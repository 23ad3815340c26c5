// What a program over Heddle needs at a terminal: output, progress, Ctrl-C, engine, and exit codes like those of `heddle`.

export { systemClock } from '../base/clock.ts'
export { didYouMean } from '../base/errors.ts'
export { checkDataDir, checkOutputFolder } from './check-output.ts'
export { chooseEngine } from './choose-engine.ts'
export { Interruption, interruptible, unlessAborted } from './interrupt.ts'
export { tellLoading } from './loading.ts'
export { runProgram } from './main.ts'
export { TrainingProgress } from './progress.ts'
export { originsOf, type RunFlags, resolveSettings } from './settings.ts'
export { Terminal } from './terminal.ts'
export { type Build, ownBuild } from './version.ts'

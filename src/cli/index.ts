// What a program over Heddle needs at a terminal: commands as values, output, progress, Ctrl-C, engine, and exit codes like those of `heddle`.

export { systemClock } from '../base/clock.ts'
export { didYouMean } from '../base/errors.ts'
export { Interruption } from '../base/interruption.ts'
export { anyNumber, command, on, option } from './command.ts'
export { pickModels } from './load-experiment.ts'
export { loading } from './loading.ts'
export { main, runCommand } from './main.ts'
export { dataOptions, engineOptions, seedOptions, seedsOf, trainingEngine } from './options.ts'
export { outputFolder } from './output-paths.ts'
export { TrainingProgress } from './progress.ts'
export { openRecording } from './recording.ts'
export { interruptible, Terminal } from './terminal.ts'

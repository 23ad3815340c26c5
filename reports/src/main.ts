import { runCommand } from 'heddle/cli'
import { reproduce } from './reproduce.ts'

process.exitCode = await runCommand('npm run reproduce --', reproduce, process.argv)

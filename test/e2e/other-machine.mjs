// Loaded with --import before a program that is to run as on another machine.
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

os.hostname = () => 'another-machine'
syncBuiltinESMExports()

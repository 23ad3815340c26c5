// Loaded with --import before a program that would leave the browser of a test too little of the processor.
import os from 'node:os'

os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)

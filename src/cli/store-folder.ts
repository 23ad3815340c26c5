/** The run store of a working folder, unless HEDDLE_STORE names another. */
export const STORE_FOLDER = '.heddle'

/** Weights by name (`conv2d/kernel`), flat in the layout that their layer documents. */
export type Weights = ReadonlyMap<string, Float32Array>

/* Small solids for tests, as ASCII STL. */
export function block(low, high) {
    const p = (i) => [i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]].join(' ');
    const faces = [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]];
    const text = faces.map((face) => `facet normal 0 0 0\nouter loop\n${face.map((i) => `vertex ${p(i)}\n`).join('')}endloop\nendfacet\n`);
    return `solid block\n${text.join('')}endsolid block\n`;
}

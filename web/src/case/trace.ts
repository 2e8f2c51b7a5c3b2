/* What rests on what in a case. */
export interface Link {
    entry: number;
    act: string;
    zh: string;
    en: string;
    stage: string;
    time: string;
    name?: string;
    role?: string;
    state?: string;
    hidden?: boolean;
    overridden?: boolean;
    rests_on: number[];
    carries: number[];
}

export interface Gap {
    name: string;
    zh: string;
    en: string;
    stage: string;
    state: string;
}

export interface Trace {
    links: Link[];
    missing: Gap[];
    whole: boolean;
}

/* Every entry that is reached from one over as many steps as there are, in order. */
export function reachOf(links: Link[], edges: 'rests_on' | 'carries', from: number): number[] {
    const byNumber = new Map(links.map((link) => [link.entry, link]));
    const found = new Set<number>();
    const open = [from];
    for (let at = open.pop(); at !== undefined; at = open.pop())
        for (const next of byNumber.get(at)?.[edges] ?? [])
            if (!found.has(next)) {
                found.add(next);
                open.push(next);
            }
    return [...found].sort((a, b) => a - b);
}

/* What is still to be filled in or mended, each with its line and a way to it. */
import type { ReactElement } from 'react';
import { label, say } from '../case/language';
import type { Problem } from './document';
import { pathText } from './json';

export function Problems(props: { problems: Problem[]; lines: Map<string, number> | undefined; go: (problem: Problem) => void }): ReactElement | null {
    if (!props.problems.length) return null;
    return (
        <section className="card problems" aria-label={say('需要改正', 'To be mended')}>
            <h2>{say(`还有 ${props.problems.length} 处需要填写或改正`, `${props.problems.length} to be filled in or mended`)}</h2>
            <ul>
                {props.problems.slice(0, 30).map((one, i) => (
                    <li key={i}>
                        <button type="button" className="plain" onClick={() => props.go(one)}>
                            <span className="mono">
                                {lineOf(one, props.lines) && say(`第 ${lineOf(one, props.lines)} 行 `, `line ${lineOf(one, props.lines)} `)}
                                {pathText(one.path)}
                            </span>{' '}
                            {label(one)}
                        </button>
                    </li>
                ))}
            </ul>
        </section>
    );
}

export function lineOf(problem: Problem, lines: Map<string, number> | undefined): number | undefined {
    for (let length = problem.path.length; length > 0; length--) {
        const line = lines?.get(pathText(problem.path.slice(0, length)));
        if (line) return line;
    }
    return undefined;
}

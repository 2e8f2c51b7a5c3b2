/*
 * Several windows on one case: what this one looks at goes to the others a few times a second, and
 * theirs comes by the case's events. Nothing of it is stored anywhere.
 */
import { ask, away, Refusal } from '../api/client';
import { Cell } from '../case/cell';
import { togetherNews } from '../case/events';
import type { Stage } from '../view/stage';
import type { Vec3 } from '../view/geometry';
import { applyLook, linesFrom, lookFrom, lookOf, marksFrom, type Line, type Look, type Mark } from './look';

export interface Other {
    seat: string;
    person: string;
    name: string;
    colour: string;
    heard: number; /* when, ms */
    look: Look | null; /* none of who follows another */
    pointer: Vec3 | null;
    marks: Mark[];
    lines: Line[];
    follows: string; /* the seat it follows */
    leads: boolean;
}

interface Present {
    seat: string;
    person: string;
    name: string;
}

export interface TogetherEvent extends Present {
    case: string;
    state?: Record<string, unknown>;
    left?: boolean;
}

const EVERY_MS = 150;
const BEAT_MS = 20000;
const GONE_MS = 150000; /* a window in the background speaks once a minute */
const LATER_MS = 2000;
/* Told apart on black, in daylight, and by most who see fewer colours. */
const colours = ['#ffb000', '#4dd2ff', '#ff7ad9', '#9cff57', '#c9a6ff', '#ff8f5e'];

function newSeat(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(10));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export class Together {
    readonly others = new Cell<Other[]>([]);
    readonly marks = new Cell<Mark[]>([]);
    /* the seat whose view is shown here */
    readonly following = new Cell('');
    readonly leading = new Cell(false);
    /* who asked to lead and is not followed yet */
    readonly asked = new Cell<Other | null>(null);
    readonly seat = newSeat();
    /* what is open; opens what another has open */
    open: (scan: string, models: string[]) => void = () => undefined;
    showing: { scan: string; models: string[] } = { scan: '', models: [] };

    private wanted: Look | null = null; /* until all of it has come */
    private stops: (() => void)[] = [];
    private timer: ReturnType<typeof setTimeout> | undefined;
    private sent = '';
    private sending = false;
    private again = false;
    private last = 0; /* ms */
    private closed = false;
    private colourOf = new Map<string, string>();

    constructor(
        readonly stage: Stage,
        readonly caseId: string,
    ) {}

    begin(): void {
        const { stage } = this;
        const cells = [stage.cross, stage.frames, stage.centres, stage.pxPerMm, stage.window, stage.slab_mm, stage.slabKind, stage.camera, stage.clip, stage.map, stage.parts, stage.measures, stage.probe, this.marks, this.following, this.leading];
        for (const cell of cells) this.stops.push(cell.listen(() => this.stir()));
        this.stops.push(togetherNews.listen(() => this.take(togetherNews.get())));
        const beat = setInterval(() => this.say(), BEAT_MS);
        this.stops.push(() => clearInterval(beat));
        /* what was wanted before the scan or its models were there */
        for (const cell of [stage.scan, stage.parts, stage.arrived]) this.stops.push(cell.listen(() => this.settle()));
        const leave = (): void => this.leave();
        addEventListener('pagehide', leave);
        this.stops.push(() => removeEventListener('pagehide', leave));
        this.say();
    }

    end(): void {
        this.leave();
        this.closed = true;
        clearTimeout(this.timer);
        this.stops.forEach((stop) => stop());
        this.stops = [];
    }

    private leave(): void {
        if (this.closed) return;
        void ask('POST', `/cases/${this.caseId}/together`, { body: { seat: this.seat, leave: true }, alive: true }).catch(() => undefined);
        this.sent = '';
    }

    look(): Look {
        return lookOf(this.stage, this.showing.scan, this.showing.models, this.marks.get());
    }

    /* ---- what goes out ---- */

    private stir(): void {
        if (!this.others.get().length || this.timer !== undefined) return;
        const wait = Math.max(EVERY_MS - (Date.now() - this.last), 0);
        this.timer = setTimeout(() => {
            this.timer = undefined;
            this.say();
        }, wait);
    }

    private state(): Record<string, unknown> {
        const { marks, lines, ...look } = this.look();
        return {
            look: this.following.get() ? null : look,
            marks,
            lines,
            pointer: this.stage.probe.get()?.place_mm.map((x) => Math.round(x * 10) / 10) ?? null,
            follows: this.following.get(),
            leads: this.leading.get(),
        };
    }

    private say(): void {
        if (this.closed || away.get()) return;
        if (this.sending) {
            this.again = true;
            return;
        }
        const state = this.state();
        const now = JSON.stringify(state);
        const silent = Date.now() - this.last < BEAT_MS / 2;
        if (silent && now === this.sent) return;
        this.sending = true;
        this.last = Date.now();
        ask<{ present: Present[] }>('POST', `/cases/${this.caseId}/together`, { body: { seat: this.seat, state } })
            .then(({ present }) => {
                this.sent = now;
                this.seated(present);
                this.sending = false;
                if (this.again) this.stir();
                this.again = false;
            })
            .catch((failure: unknown) => {
                this.sending = false;
                if (failure instanceof Refusal && failure.status === 404) this.end();
                else if (!(failure instanceof Refusal)) throw failure;
                else if (failure.status === 429) setTimeout(() => this.stir(), LATER_MS);
            });
    }

    /* ---- what comes in ---- */

    private fresh({ seat, person, name }: Present): Other {
        const colour = this.colourOf.get(seat) ?? colours[this.colourOf.size % colours.length]!;
        this.colourOf.set(seat, colour);
        return { seat, person, name, colour, heard: Date.now(), look: null, pointer: null, marks: [], lines: [], follows: '', leads: false };
    }

    /* Those the server knows of; who is not among them has gone. */
    private seated(present: Present[]): void {
        const now = this.others.get();
        const rest = present.filter((one) => one.seat !== this.seat);
        if (rest.length === now.length && rest.every((one) => now.some((other) => other.seat === one.seat))) return;
        this.others.set(rest.map((one) => now.find((other) => other.seat === one.seat) ?? this.fresh(one)));
        this.miss();
    }

    private miss(): void {
        const here = new Set(this.others.get().map((one) => one.seat));
        if (this.following.get() && !here.has(this.following.get())) this.following.set('');
        const asked = this.asked.get();
        if (asked && !here.has(asked.seat)) this.asked.set(null);
    }

    private take(event: TogetherEvent | null): void {
        if (!event || event.case !== this.caseId || event.seat === this.seat) return;
        const now = this.others.get().filter((one) => Date.now() - one.heard < GONE_MS);
        const old = now.find((one) => one.seat === event.seat);
        if (event.left) {
            this.others.set(now.filter((one) => one.seat !== event.seat));
            this.miss();
            return;
        }
        const state = event.state ?? {};
        const pointer = state.pointer;
        const next: Other = {
            ...(old ?? this.fresh(event)),
            heard: Date.now(),
            look: lookFrom(state.look),
            pointer: Array.isArray(pointer) && pointer.length === 3 && pointer.every((x) => Number.isFinite(x)) ? (pointer as unknown as Vec3) : null,
            marks: marksFrom(state.marks),
            lines: linesFrom(state.lines),
            follows: typeof state.follows === 'string' ? state.follows : '',
            leads: state.leads === true,
        };
        this.others.set(old ? now.map((one) => (one === old ? next : one)) : [...now, next]);
        if (next.leads && !old?.leads && this.following.get() !== next.seat) {
            this.leading.set(false);
            this.asked.set(next);
        }
        if (!next.leads && this.asked.get()?.seat === next.seat) this.asked.set(null);
        if (this.following.get() === next.seat && next.look) this.show(next.look);
        if (!old) {
            /* who has just come knows nothing of this window yet */
            this.sent = '';
            this.last = 0;
            this.stir();
        }
    }

    /* ---- following ---- */

    follow(seat: string): void {
        const other = this.others.get().find((one) => one.seat === seat);
        if (!other || other.follows === this.seat) return;
        this.leading.set(false);
        this.asked.set(null);
        this.following.set(seat);
        if (other.look) this.show(other.look);
    }

    stay(): void {
        this.following.set('');
        this.wanted = null;
    }

    lead(on: boolean): void {
        if (on) this.following.set('');
        this.leading.set(on);
    }

    /* Brings this window there; what is not open yet is opened, and the rest done when it has come. */
    show(look: Look): void {
        this.wanted = look;
        this.open(look.scan, look.models);
        applyLook(this.stage, look);
        this.settle();
    }

    private settling = false;

    /* A little later: what opens sets its own place first. */
    private settle(): void {
        if (!this.wanted || this.settling) return;
        this.settling = true;
        setTimeout(() => {
            this.settling = false;
            this.reach();
        }, 0);
    }

    private reach(): void {
        const look = this.wanted;
        if (!look || this.closed) return;
        this.open(look.scan, look.models);
        const { stage, showing } = this;
        const scanThere = !look.scan || (stage.scan.get() !== null && showing.scan === look.scan);
        const modelsThere = look.models.every((id) => stage.parts.get().some((part) => part.model === id));
        if (stage.scan.get() || stage.parts.get().length) {
            if (scanThere && modelsThere) this.wanted = null; /* before: applying stirs the cells listened to */
            applyLook(stage, look);
        }
    }
}



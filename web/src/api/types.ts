/* Made from the API's own description by `ninja web-types`: not to be edited. */

/* The addresses of the API, by method. */
export interface Addresses {
    GET:
        | `/audit`
        | `/audit?${string}`
        | `/audit/check`
        | `/book`
        | `/book?${string}`
        | `/cases`
        | `/cases?${string}`
        | `/cases/${string}`
        | `/cases/${string}/acts/${string}/statement`
        | `/cases/${string}/acts/${string}/statement?${string}`
        | `/cases/${string}/checklist`
        | `/cases/${string}/documents`
        | `/cases/${string}/documents/${string}`
        | `/cases/${string}/documents/${string}?${string}`
        | `/cases/${string}/entries`
        | `/cases/${string}/events`
        | `/cases/${string}/files`
        | `/cases/${string}/files/${string}`
        | `/cases/${string}/files/${string}/patient`
        | `/cases/${string}/jobs`
        | `/cases/${string}/parties`
        | `/cases/${string}/shares`
        | `/cases/${string}/todo`
        | `/cases/${string}/trace`
        | `/cases/${string}/trace?${string}`
        | `/design/schema`
        | `/flow`
        | `/flow?${string}`
        | `/health`
        | `/jobs/${string}`
        | `/labels`
        | `/labels?${string}`
        | `/machines`
        | `/me`
        | `/openapi.json`
        | `/people`
        | `/plan/schema`
        | `/registry/${string}`
        | `/retention`
        | `/retention?${string}`
        | `/shares/${string}`
        | `/shares/${string}?${string}`
        | `/shares/${string}/files/${string}`
        | `/shares/${string}/files/${string}?${string}`
        | `/statistics`
        | `/statistics?${string}`
        | `/uploads/${string}`;
    POST:
        | `/book/${string}/${string}`
        | `/cases`
        | `/cases/${string}/acts/${string}`
        | `/cases/${string}/deidentified`
        | `/cases/${string}/jobs`
        | `/cases/${string}/shares`
        | `/cases/${string}/together`
        | `/cases/${string}/uploads`
        | `/jobs/${string}/retry`
        | `/login`
        | `/logout`
        | `/me/keys`
        | `/me/password`
        | `/me/second`
        | `/me/second/confirm`
        | `/people`
        | `/trace/draw`
        | `/uploads/${string}/end`;
    PUT:
        | `/flow`
        | `/people/${string}`
        | `/registry/${string}/${string}`
        | `/uploads/${string}`
        | `/uploads/${string}?${string}`;
    DELETE:
        | `/cases/${string}/shares/${string}`
        | `/jobs/${string}`
        | `/people/${string}/second`;
}

/* What requests hold, by method and address. */
export interface Bodies {
    'POST /book/{kind}/{item}': {
        /* one of the kind's acts */
        act?: unknown;
        /* the act's fields */
        form?: unknown;
    };
    'POST /cases': {
        /* the act's fields */
        form?: unknown;
        /* of the signing key, for a signature */
        passphrase?: unknown;
        /* in which role */
        role?: unknown;
        /* digest of the statement that was shown, for a signature */
        statement?: unknown;
    };
    'POST /cases/{case}/acts/{act}': {
        /* the act's fields */
        form?: unknown;
        /* of the signing key, for a signature */
        passphrase?: unknown;
        /* in which role */
        role?: unknown;
        /* digest of the statement that was shown, for a signature */
        statement?: unknown;
    };
    'POST /cases/{case}/deidentified': {
        /* none, shifted or full */
        dates?: unknown;
        /* auto, deface, deface-all, refuse or none */
        face?: unknown;
        /* why it may leave: patient, ethics, authority or team */
        ground?: unknown;
        /* list of traits, device, institution, uids, descriptions, private */
        keep?: unknown;
        /* number of the request; for ethics and authority */
        reference?: unknown;
        /* digest of a file of the case: a DICOM file or an archive of them */
        scan?: unknown;
        /* who gets it: as permitted, as on the list of recipients, or a person's identifier */
        to?: unknown;
    };
    'POST /cases/{case}/jobs': {
        /* the command line behind the command's name */
        arguments?: unknown;
        /* which command of the program */
        command?: unknown;
        /* names, each with the digest of a file of the case */
        inputs?: unknown;
        /* zh or en: what the command says; else zh */
        lang?: unknown;
        /* names of the files that become the case's */
        outputs?: unknown;
    };
    'POST /cases/{case}/shares': {
        /* digests of models, pictures, and scans without identity */
        files?: unknown;
        /* why it may leave: patient, ethics, authority or team */
        ground?: unknown;
        /* how often it may be opened; none: as often as one likes */
        most?: unknown;
        /* for those inside */
        note?: unknown;
        /* number of the request; for ethics and authority */
        reference?: unknown;
        /* who gets it: as permitted, as on the list of recipients, or a person's identifier */
        to?: unknown;
        /* when the link ends, at most 90 days away */
        until?: unknown;
    };
    'POST /cases/{case}/together': {
        /* true: the window is closed */
        leave?: unknown;
        /* name of this window by chance, 8 to 40 letters and digits */
        seat?: unknown;
        /* what is looked at: any object, at most 16 KiB; goes to the others and is not kept */
        state?: unknown;
    };
    'POST /cases/{case}/uploads': {
        /* its size */
        bytes?: unknown;
        /* the file's name */
        name?: unknown;
    };
    'PUT /flow': {
        /* digest of the version that is replaced */
        before?: unknown;
        /* the whole table; null: the program's own */
        table?: unknown;
    };
    'POST /login': {
        /* name */
        login?: unknown;
        /* password */
        password?: unknown;
        /* code of the second factor, when there is one */
        second?: unknown;
    };
    'POST /me/keys': {
        /* ed25519 or sm2 */
        kind?: unknown;
        /* opens the key when something is signed */
        passphrase?: unknown;
    };
    'POST /me/password': {
        /* the new password */
        new?: unknown;
        /* the old password */
        old?: unknown;
    };
    'POST /me/second/confirm': {
        /* six digits */
        code?: unknown;
    };
    'POST /people': {
        /* department */
        department?: unknown;
        /* true: the directory knows the password */
        directory?: unknown;
        /* date the licence ends */
        licence_until?: unknown;
        /* login name */
        login?: unknown;
        /* the person's name */
        name?: unknown;
        /* where the person works */
        organisation?: unknown;
        /* one-time password */
        password?: unknown;
        /* level of qualification, 0 to 9 */
        rank?: unknown;
        /* list of roles */
        roles?: unknown;
        /* list of {what, until} */
        skills?: unknown;
    };
    'PUT /people/{person}': {
        /* department */
        department?: unknown;
        /* true: the directory knows the password */
        directory?: unknown;
        /* date the licence ends */
        licence_until?: unknown;
        /* login name */
        login?: unknown;
        /* the person's name */
        name?: unknown;
        /* where the person works */
        organisation?: unknown;
        /* one-time password */
        password?: unknown;
        /* level of qualification, 0 to 9 */
        rank?: unknown;
        /* list of roles */
        roles?: unknown;
        /* list of {what, until} */
        skills?: unknown;
    };
    'PUT /registry/{kind}/{id}': {
        /* what is on record */
        body?: unknown;
        /* the version that is replaced; 0: new */
        version?: unknown;
    };
    'POST /uploads/{upload}/end': {
        /* digest of the whole, to be compared */
        sha256?: unknown;
    };
}

/* What replies hold, by method and address. */
export interface Replies {
    'GET /audit': {
        next?: number;
        rows: AuditRow[];
    };
    'GET /audit/check': {
        holds: boolean;
        row?: number;
        rows: number;
        what?: string;
    };
    'GET /book': {
        due: number;
        items: BookItem[];
        kinds: BookKind[];
    };
    'POST /book/{kind}/{item}': {
        item: string;
        kind: string;
        number: number;
    };
    'GET /cases': {
        cases: CaseRow[];
        next?: string;
    };
    'POST /cases': Done;
    'GET /cases/{case}': {
        case: string;
        data: CaseView;
        digest: string;
        number: number;
    };
    'POST /cases/{case}/acts/{act}': Done;
    'GET /cases/{case}/acts/{act}/statement': {
        case: string;
        data: {
            digest: string;
            statement: Statement;
        };
        digest: string;
        number: number;
    };
    'GET /cases/{case}/documents': {
        case: string;
        digest: string;
        documents: Paper[];
    };
    'GET /cases/{case}/files': {
        files: CaseFile[];
    };
    'GET /cases/{case}/files/{sha256}/patient': {
        compared: string;
        differs: string[];
        order: {
            birth_date: string;
            name: string;
            number: string;
            sex: string;
        };
        scan: string;
    };
    'GET /cases/{case}/jobs': {
        jobs: Job[];
    };
    'POST /cases/{case}/jobs': Job;
    'GET /cases/{case}/parties': {
        case: string;
        data: {
            parties: Party[];
        };
        digest: string;
        number: number;
    };
    'GET /cases/{case}/shares': {
        shares: Share[];
    };
    'POST /cases/{case}/shares': {
        case: string;
        files: SharedFile[];
        label: string;
        path?: string;
        share: string;
        token?: string;
        until: string;
    };
    'DELETE /cases/{case}/shares/{share}': {
        live: boolean;
        share: string;
    };
    'POST /cases/{case}/together': {
        present: Seat[];
    };
    'GET /cases/{case}/trace': {
        case: string;
        data: Trace;
        digest: string;
        number: number;
    };
    'POST /cases/{case}/uploads': {
        bytes: number;
        upload: string;
    };
    'PUT /flow': {
        table: string;
    };
    'GET /health': {
        database: string;
        slow_s?: number;
        status: 'ok';
        version: string;
    };
    'GET /jobs/{job}': Job;
    'DELETE /jobs/{job}': Job;
    'POST /jobs/{job}/retry': Job;
    'POST /login': {
        csrf: string;
        must_change_password: boolean;
        person: Person;
        token: string;
    };
    'POST /logout': Record<string, never>;
    'GET /me': {
        csrf: string;
        must_change_password: boolean;
        person: Person;
    };
    'POST /me/keys': {
        id: string;
        kind: 'ed25519' | 'sm2';
        public: string;
        until: string;
    };
    'POST /me/password': Record<string, never>;
    'POST /me/second': {
        secret: string;
        uri: string;
    };
    'POST /me/second/confirm': Record<string, never>;
    'GET /people': {
        people: Listed[];
    };
    'POST /people': {
        id: string;
        version: number;
    };
    'PUT /people/{person}': {
        id: string;
        version: number;
    };
    'DELETE /people/{person}/second': Record<string, never>;
    'PUT /registry/{kind}/{id}': {
        id: string;
        kind: string;
        version: number;
    };
    'GET /retention': {
        cases: Kept[];
        next?: string;
    };
    'GET /shares/{token}': Shown;
    'GET /uploads/{upload}': {
        bytes: number;
        bytes_said: number;
        upload: string;
    };
    'PUT /uploads/{upload}': {
        bytes: number;
        bytes_said: number;
        upload: string;
    };
    'POST /uploads/{upload}/end': {
        bytes: number;
        case: string;
        name: string;
        sha256: string;
    };
}

export interface AuditRow {
    act: string;
    before: string;
    body?: unknown;
    case?: string;
    digest: string;
    number: number;
    person?: string;
    role?: string;
    session?: string;
    time: string;
}

export interface BookAct {
    en: string;
    fields: unknown[];
    name: string;
    roles: string[];
    zh: string;
}

export interface BookEntry {
    act: string;
    form: Record<string, unknown>;
    name: string;
    number: number;
    role: string;
    time: string;
}

export interface BookItem {
    body: Record<string, unknown>;
    due: string | null;
    en: string;
    entries: BookEntry[];
    item: string;
    kind: string;
    open: number[];
    state: 'missing' | 'due' | 'soon' | 'fault' | 'ok';
    warranty?: {
        enough: boolean;
        over: boolean;
    };
    zh: string;
}

export interface BookKind {
    acts: BookAct[];
    clause: string;
    en: string;
    items?: {
        en: string;
        name: string;
        zh: string;
    }[];
    months?: number;
    name: string;
    registry?: string;
    rows: string[];
    zh: string;
}

export interface CaseFile {
    bytes: number;
    media: string;
    name: string;
    number: number;
    sha256: string;
}

export interface CaseRow {
    case: string;
    created: string;
    number: string;
    summary: Summary;
    updated: string;
}

export interface CaseStage {
    acts: StageItem[];
    clause: string;
    due?: string;
    en: string;
    late: boolean;
    name: string;
    state: 'done' | 'now' | 'later';
    zh: string;
}

export interface CaseView {
    anatomy_valid_until?: string;
    closed: boolean;
    differences: unknown[];
    en: string;
    entries: number;
    issues: Issue[];
    keep_until: string | null;
    keeps_from_use: {
        en: string;
        name: string;
        state: string;
        zh: string;
    }[];
    records: Record<string, RecordVersion[]>;
    stage: string;
    stages: CaseStage[];
    table?: string;
    zh: string;
}

export interface Done {
    case: string;
    digest: string;
    number: number;
    summary: Summary;
}

export interface Error {
    error: {
        code: string;
        message: string;
    };
}

export interface Issue {
    closed_by?: number;
    confirmed: boolean;
    en: string;
    entry: number;
    form: Record<string, unknown>;
    kind: string;
    open: boolean;
    time: string;
    zh: string;
}

export interface Job {
    case: string;
    command: string;
    created: string;
    finished: string | null;
    id: string;
    person: string;
    progress: number;
    request: JobRequest;
    result: JobResult | null;
    started: string | null;
    state: JobState;
    tries: number;
}

export interface JobRequest {
    arguments: string[];
    command: string;
    inputs: Record<string, string>;
    lang?: 'zh' | 'en';
    outputs: string[];
}

export interface JobResult {
    messages?: string[];
    outputs?: MadeFile[];
    said?: Record<string, unknown>;
    stage?: string;
    status?: number;
}

export type JobState = 'waiting' | 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled'

export interface Kept {
    asked: boolean;
    case: string;
    implant: boolean;
    keep_until: string | null;
    number: string;
    state: string;
    type: string;
}

export interface Listed {
    closed?: boolean;
    department?: string;
    directory?: boolean;
    experience?: unknown[];
    id: string;
    licence?: string;
    licence_until?: string;
    login?: string;
    name: string;
    note?: string;
    organisation?: string;
    phone?: string;
    rank?: number;
    roles: string[];
    skills?: Skill[];
    title?: string;
    training_until?: string;
    version?: number;
}

export interface MadeFile {
    bytes: number;
    name: string;
    sha256: string;
}

export interface Paper {
    en: string;
    name: string;
    state: string;
    zh: string;
}

export interface Party {
    conditions: Record<string, unknown>;
    id: string;
    known: boolean;
    lapsed: string[];
    part: 'hospital' | 'maker';
}

export interface Person {
    closed?: boolean;
    department?: string;
    directory?: boolean;
    experience?: unknown[];
    id: string;
    licence?: string;
    licence_until?: string;
    name: string;
    note?: string;
    organisation?: string;
    phone?: string;
    rank?: number;
    roles: string[];
    skills?: Skill[];
    title?: string;
    training_until?: string;
}

export interface RecordVersion {
    act: string;
    entry: number;
    name: string;
    person: string;
    role: string;
    sha256: string;
    signed: boolean;
    state: 'valid' | 'negative' | 'void' | 'stale';
    time: string;
    version: number;
}

export interface Seat {
    name: string;
    person: string;
    seat: string;
    state?: unknown;
}

export interface Share {
    created: string;
    files: SharedFile[];
    label: string;
    live: boolean;
    most: number | null;
    note: string;
    opened: number;
    person: string;
    revoked?: string | null;
    share: string;
    until: string;
}

export interface SharedFile {
    kind: string;
    media: string;
    name: string;
    of: string;
    sha256: string;
}

export interface Shown {
    case: {
        device: string;
        side: string;
        site: string;
        type: string;
    };
    files: {
        bytes: number;
        file: number;
        kind: string;
        media: string;
        name: string;
    }[];
    label: string;
    until: string;
    visit: string;
}

export interface Skill {
    until?: string;
    what: string;
}

export interface StageItem {
    clause: string;
    count: number;
    en: string;
    name: string;
    newest?: RecordVersion;
    required: boolean;
    roles: string[];
    state: 'done' | 'overridden' | 'missing' | 'stale' | 'negative';
    zh: string;
}

export interface Statement {
    act: string;
    case: string;
    meaning_en: string;
    meaning_zh: string;
    person: string;
    records: {
        name: string;
        sha256: string;
        version: number;
    }[];
    role: string;
    version: number;
}

export interface Summary {
    blocked: boolean;
    changes: number;
    closed: boolean;
    department: string;
    device: string;
    device_code: string;
    di: string;
    done: Record<string, string>;
    due: string | null;
    hospital: string;
    implant: boolean;
    keep_until: string | null;
    late: boolean;
    lot: string;
    machine: string;
    maker: string;
    material: string;
    material_lot: string;
    open_issues: string[];
    opened: string;
    patient: string;
    persons: string[];
    process: string;
    released: string | null;
    rework: number;
    scrap: number;
    serial: string;
    side: string;
    site: string;
    software: string[];
    stage: string;
    title: string;
    type: string;
    used: string | null;
    visits: number;
    waits_for: string[];
}

export interface Trace {
    back?: number[];
    entry?: number;
    forth?: number[];
    links: TraceLink[];
    missing: unknown[];
    whole: boolean;
}

export interface TraceLink {
    act: string;
    carries: number[];
    clause: string;
    en: string;
    entry: number;
    name: string;
    rests_on: number[];
    role: string;
    sha256: string;
    stage: string;
    state: string;
    time: string;
    zh: string;
}

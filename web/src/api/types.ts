/* Made from the API's own description by `ninja web-types`: not to be edited. */

/* The addresses of the API, by method. */
export interface Addresses {
    GET:
        | `/audit`
        | `/audit?${string}`
        | `/audit/check`
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
        | `/cases/${string}/jobs`
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
        /* list of traits, device, institution, uids, descriptions, private */
        keep?: unknown;
        /* digest of a file of the case: a DICOM file or an archive of them */
        scan?: unknown;
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
        /* how often it may be opened; none: as often as one likes */
        most?: unknown;
        /* for those inside */
        note?: unknown;
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

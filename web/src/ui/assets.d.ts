declare module '*.css';
/* The address of a worker (build.mjs). */
declare module '*.ts?worker' {
    const address: string;
    export default address;
}

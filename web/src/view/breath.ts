/* How a worker that draws for long hears what has been wished for meanwhile. */

export const BREATH_MS = 12; /* between two looks for messages */

/* Lets messages that have come be taken, and goes on. */
export function breathe(): Promise<void> {
    return new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
            port1.close();
            resolve();
        };
        port2.postMessage(null);
    });
}

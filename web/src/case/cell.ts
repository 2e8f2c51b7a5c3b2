/* A value that can be listened to: all state of the pages is in cells, whoever draws them. */
export class Cell<T> {
    private listeners = new Set<() => void>();

    constructor(private value: T) {}

    get = (): T => this.value;

    set = (value: T): void => {
        if (Object.is(value, this.value)) return;
        this.value = value;
        for (const listener of [...this.listeners]) listener();
    };

    update(change: (value: T) => T): void {
        this.set(change(this.value));
    }

    /* Returns how to stop listening. */
    listen = (listener: () => void): (() => void) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    };
}

/* The frame round every page: menu, person, banners, keys; and the page itself, fetched when it is
 * first opened. */
import { Alert, Button } from 'antd';
import {
    Component,
    lazy,
    Suspense,
    useEffect,
    useState,
    type ComponentType,
    type LazyExoticComponent,
    type ReactElement,
    type ReactNode,
} from 'react';
import { away, expired } from '../api/client';
import { label, language, say } from '../case/language';
import { hasRole, logOut, me, useTable } from '../case/session';
import { keyHelp, useKeys } from './keys';
import { LoginForm } from './login';
import { pages, type Page, type PageProps } from './pages';
import { fit, Go, place } from './router';
import { Sheet } from './sheet';
import { LanguageSwitch, LookSwitch } from './switches';
import { useCell } from './use';

const loaded = new Map<Page, LazyExoticComponent<ComponentType<PageProps>>>();

function bodyOf(page: Page): LazyExoticComponent<ComponentType<PageProps>> {
    const known = loaded.get(page);
    if (known) return known;
    const body = lazy(page.load);
    loaded.set(page, body);
    return body;
}

/* A page that breaks says so, and leaves the rest alone. */
class Guard extends Component<{ children: ReactNode }, { broken: string | null }> {
    override state = { broken: null };

    static getDerivedStateFromError(failure: unknown): { broken: string } {
        return { broken: failure instanceof Error ? failure.message : String(failure) };
    }

    override render(): ReactNode {
        if (this.state.broken === null) return this.props.children;
        return (
            <Alert
                type="error"
                showIcon
                message={say('此页出错，其余各页不受影响', 'This page broke; the others are not affected')}
                description={this.state.broken}
                action={<Button onClick={() => location.reload()}>{say('重新打开', 'Open again')}</Button>}
            />
        );
    }
}

function Banners(): ReactElement {
    return (
        <div aria-live="polite">
            {useCell(away) && (
                <Alert
                    banner
                    type="error"
                    message={say(
                        '服务器没有应答。所填内容都保留着；一恢复就继续。',
                        'The server does not answer. What you filled in is kept; work goes on as soon as it is back.',
                    )}
                />
            )}
        </div>
    );
}

function LoginAgain(): ReactElement {
    return (
        <Sheet
            open={useCell(expired)}
            title={say('会话已结束，请再次登录', 'The session has ended: log in again')}
            close={null}
        >
            <p>{say('页面上所填的内容都保留着。', 'What you filled in on the page is kept.')}</p>
            <LoginForm />
        </Sheet>
    );
}

function Keys({ open, close }: { open: boolean; close: () => void }): ReactElement {
    return (
        <Sheet open={open} title={say('键盘', 'Keys')} close={close}>
            <dl className="keys">
                {keyHelp().map(([keys, what]) => (
                    <div key={keys}>
                        <dt>
                            {keys.split(' ').map((key) => (
                                <kbd key={key}>{key}</kbd>
                            ))}
                        </dt>
                        <dd>{what}</dd>
                    </div>
                ))}
            </dl>
        </Sheet>
    );
}

function mine(page: Page): boolean {
    return !!page.menu && (!page.menu.roles || hasRole(...page.menu.roles));
}

function Top({ path, help }: { path: string; help: () => void }): ReactElement {
    const who = useCell(me);
    return (
        <header className="top">
            <Go to="/" className="brand">
                {say('女娲', 'Nuwa')}
            </Go>
            <nav aria-label={say('主菜单', 'Main menu')}>
                {pages.filter(mine).map((page) => (
                    <Go key={page.path} to={page.path} aria-current={fit(page.path, path) ? 'page' : undefined}>
                        {label(page)}
                    </Go>
                ))}
            </nav>
            <div className="end">
                <LanguageSwitch />
                <LookSwitch />
                <Button type="text" size="small" onClick={help} aria-label={say('键盘快捷键', 'Keyboard shortcuts')}>
                    ?
                </Button>
                <Go to="/me" className="who">
                    {who?.person.name}
                </Go>
                <Button type="text" size="small" onClick={() => void logOut()}>
                    {say('退出', 'Log out')}
                </Button>
            </div>
        </header>
    );
}

function Waiting(): ReactElement {
    return (
        <p className="boot" role="status">
            {say('正在打开…', 'Opening…')}
        </p>
    );
}

function NotThere(): ReactElement {
    return (
        <div className="empty">
            <h1>{say('没有这一页', 'There is no such page')}</h1>
            <Go to="/">{say('回到工作列表', 'Back to the worklist')}</Go>
        </div>
    );
}

export function Frame(): ReactElement {
    const asked = useCell(place).split('?')[0]!;
    const path = asked === '/' && !mine(pages[0]!) ? pages.filter(mine)[0]!.path : asked;
    const [help, setHelp] = useState(false);
    const page = pages.find((one) => fit(one.path, path));
    useEffect(() => {
        if (!path.startsWith('/cases/')) void useTable('');
    }, [path]);
    useKeys(() => setHelp(true));
    useEffect(() => {
        document.title = `${page ? label(page) : ''} · ${say('女娲', 'Nuwa')}`;
    }, [page, language.get()]);
    const Body = page && bodyOf(page);
    return (
        <>
            <a className="skip" href="#page">
                {say('跳到内容', 'Skip to the content')}
            </a>
            <Top path={path} help={() => setHelp(true)} />
            <Banners />
            <main id="page" className={page?.wide ? 'page wide' : page?.broad ? 'page broad' : 'page'} tabIndex={-1}>
                <Guard key={path.split('/').slice(0, 3).join('/')}>
                    <Suspense fallback={<Waiting />}>
                        {Body ? <Body parts={fit(page.path, path)!} /> : <NotThere />}
                    </Suspense>
                </Guard>
            </main>
            <LoginAgain />
            <Keys open={help} close={() => setHelp(false)} />
        </>
    );
}


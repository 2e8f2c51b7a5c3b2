/* The whole: who is here, and which page. */
import { ConfigProvider } from 'antd';
import enUS from 'antd/es/locale/en_US';
import zhCN from 'antd/es/locale/zh_CN';
import { lazy, Suspense, useEffect, useState, type ReactElement } from 'react';
import { language, say } from '../case/language';
import { findSession, me } from '../case/session';
import { awayRefusal, Refusal, renewed } from '../api/client';
import { Frame } from './frame';
import { FirstPassword, Login } from './login';
import { look, themeOf } from './theme';
import { useCell } from './use';
import './style.css';

function Inside(): ReactElement {
    const who = useCell(me);
    const anew = useCell(renewed);
    const [refusal, setRefusal] = useState<Refusal>();
    useEffect(() => {
        if (me.get() === undefined)
            findSession().catch((failure: unknown) =>
                setRefusal(failure instanceof Refusal ? failure : awayRefusal()),
            );
    }, [anew]);
    if (who === undefined)
        return (
            <p className="boot" role="status">
                {refusal ? refusal.message : say('正在打开…', 'Opening…')}
            </p>
        );
    if (who === null) return <Login />;
    if (who.must_change_password) return <FirstPassword />;
    return <Frame />;
}

/* Who comes by a link has no name here, and needs none. */
const Shown = lazy(() => import('../together/shown'));

export function App(): ReactElement {
    const tongue = useCell(language);
    const now = useCell(look);
    return (
        <ConfigProvider
            locale={tongue === 'zh' ? zhCN : enUS}
            theme={themeOf(now)}
            button={{ autoInsertSpace: false }}
            /* lists that drop down stay inside a dialog: what is outside is inert */
            getPopupContainer={(near) => near?.closest('dialog') ?? document.body}
        >
            {location.pathname.startsWith('/shared/') ? (
                <Suspense fallback={<p className="boot">…</p>}>
                    <Shown />
                </Suspense>
            ) : (
                <Inside key={tongue} />
            )}
        </ConfigProvider>
    );
}

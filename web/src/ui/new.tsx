/* A new case: the form of the opening act. */
import { useState, type ReactElement } from 'react';
import { say } from '../case/language';
import { flow, me } from '../case/session';
import { ActForm, RoleChoice } from './act';
import { go } from './router';

export default function NewCase(): ReactElement {
    const act = flow.get()!.acts.find((one) => one.name === 'case.open')!;
    const person = me.get()!.person;
    const roles = person.roles.filter((role) => act.roles.includes(role));
    const [role, choose] = useState(roles[0] ?? '');
    return (
        <>
            <h1>{say('新建病例', 'New case')}</h1>
            <div className="card">
                <RoleChoice roles={roles} value={role} change={choose} />
                <ActForm
                    key={role}
                    caseId={undefined}
                    act={act.name}
                    role={role}
                    fields={act.fields ?? []}
                    facts={[]}
                    preset={{ hospital: person.organisation, department: person.department }}
                    signed={false}
                    again={false}
                    type={undefined}
                    entries={[]}
                    issues={[]}
                    send={say('立项', 'Open the case')}
                    done={(reply) => go(`/cases/${reply.case}`)}
                    cancel={() => go('/')}
                />
            </div>
        </>
    );
}

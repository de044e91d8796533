// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/recognition.h"

#include "core/files/store/measurement_store.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/workbench.h"

namespace bitloom {

void recogniseWhenOpened(Session& session)
{
    QObject::connect(&session, &Session::opened, &session, [&session] {
        if (!MeasurementStore::ofUser().keeps())
            return;
        JobInfo info{"recognise", {}, JobQueue::Idle};
        info.inBackground = true;
        session.jobs().start(
            info, &session,
            [workbench = session.workbench()](JobProgress& progress) {
                return workbench->measuredVariants().trials(progress).size();
            },
            [](size_t) {});
    });
}

} // namespace bitloom

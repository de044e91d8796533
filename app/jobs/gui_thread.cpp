// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/gui_thread.h"

#include <QCoreApplication>
#include <QThread>

namespace bitloom {

bool onGuiThread()
{
    const QCoreApplication* application = QCoreApplication::instance();
    return application && QThread::currentThread() == application->thread();
}

void assertNotGuiThread(const char* what)
{
    if (onGuiThread())
        qCritical("%s was used in the GUI thread", what);
}

} // namespace bitloom

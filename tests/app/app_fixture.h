// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"
#include "app/engines/engines.h"

#include <QDir>
#include <QElapsedTimer>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

namespace bitloom {

/// Keeps a test away from the user's settings and makes every warning a failure. One per program.
class AppFixture {
public:
    AppFixture()
    {
        QStandardPaths::setTestModeEnabled(true);
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_folder.path());
        QCoreApplication::setOrganizationName("BitloomTests");
        // Programs that run side by side must not find each other's autosaves.
        QCoreApplication::setApplicationName(
            QString("bitloom-tests-%1").arg(QCoreApplication::applicationPid()));
        QDir(dataFolder()).removeRecursively();
    }
    ~AppFixture()
    {
        if (s_previous)
            qInstallMessageHandler(s_previous);
        QDir(dataFolder()).removeRecursively();
    }
    Q_DISABLE_COPY_MOVE(AppFixture)

    QString folder() const { return m_folder.path(); }
    static QString dataFolder()
    {
        return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
    }
    /// From initTestCase: QTest installs its own handler after a fixture was made.
    static void watchWarnings()
    {
        if (const auto previous = qInstallMessageHandler(&AppFixture::note);
            previous != &AppFixture::note)
            s_previous = previous;
    }
    /// Warnings since the last call.
    static QStringList takeWarnings() { return std::exchange(warnings(), {}); }

private:
    static QStringList& warnings()
    {
        static QStringList list;
        return list;
    }
    static void note(QtMsgType type, const QMessageLogContext& context, const QString& text)
    {
        // The offscreen platform has no window manager to ask, and says so each time.
        if (type != QtDebugMsg && type != QtInfoMsg &&
            !text.startsWith("This plugin does not support"))
            warnings().append(text);
        s_previous(type, context, text);
    }

    QTemporaryDir m_folder;
    static inline QtMessageHandler s_previous = nullptr;
};

inline void openSample(Session& session)
{
    QSignalSpy opened(&session, &Session::opened);
    session.open("sample");
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
}

inline int slotNamed(const Session& session, const char* name)
{
    return session.model().graph.findSlot(name);
}

inline QList<int> quantizableSlots(const Session& session)
{
    QList<int> result;
    const std::vector<Slot>& all = session.model().graph.slots;
    for (size_t i = 0; i < all.size(); ++i) {
        if (all[i].quantizable)
            result.append(static_cast<int>(i));
    }
    return result;
}

} // namespace bitloom

/// In a WindowTest: waits until nothing runs any more.
#define TRY_IDLE() QTRY_VERIFY_WITH_TIMEOUT(isIdle(), 120000)

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/test_data.h"

#include <QtTest>

namespace bitloom {

/// How a run of the command line ended. BITLOOM_CLI names the program.
struct Outcome {
    int status = -1;
    QString out;
    QString err;
    QJsonObject json() const { return QJsonDocument::fromJson(out.toUtf8()).object(); }
};

inline Outcome run(const QStringList& arguments)
{
    QProcess process;
    process.start(qEnvironmentVariable("BITLOOM_CLI"), arguments);
    if (!process.waitForFinished(120000) || process.exitStatus() != QProcess::NormalExit)
        return {-1, {}, "the program crashed or hung"};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

inline QString sampleFile(const char* name)
{
    return QString::fromStdString(sampleData()) + "/" + name;
}

inline void succeeds(const Outcome& outcome)
{
    QVERIFY2(outcome.status == 0, qPrintable(outcome.err));
}

/// Files of a test, which vanish with it.
class CliFiles {
public:
    QString folder() const { return m_folder.path(); }
    QString path(const char* name) const { return m_folder.filePath(name); }
    QByteArray content(const char* name) const
    {
        QFile file(path(name));
        return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
    }
    /// Its path; empty: it could not be written.
    QString written(const char* name, const QByteArray& content) const
    {
        QFile file(path(name));
        return file.open(QIODevice::WriteOnly) && file.write(content) == content.size()
                   ? file.fileName()
                   : QString();
    }

private:
    QTemporaryDir m_folder;
};

} // namespace bitloom

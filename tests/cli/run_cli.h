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

} // namespace bitloom

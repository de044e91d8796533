// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/icons.h"

#include <QApplication>
#include <QFontDatabase>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>

namespace bitloom {

/// Call first in every test: from here on any warning fails it, but for what the offscreen platform
/// says of itself.
inline void failOnWarnings()
{
    QTest::failOnWarning(QRegularExpression(QStringLiteral("^(?!This plugin does not support)")));
}

/// Runs a test class without a screen, in one style, away from the user's settings.
template <class Test>
int runWidgetTest(int argc, char** argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle(QStringLiteral("Fusion"));
    initWidgetResources();
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace bitloom

/// The main of a widget test.
#define BITLOOM_WIDGET_TEST(Test)                                                                  \
    int main(int argc, char** argv)                                                                \
    {                                                                                              \
        return bitloom::runWidgetTest<Test>(argc, argv);                                           \
    }

// SPDX-License-Identifier: GPL-3.0-or-later
// The longest time the window did not answer while it did the main job on the sample.
#include "app/engines/engines.h"
#include "app/window/unattended.h"
#include "app/words/widget_headers.h"
#include "tests/app/gap_meter.h"

#include <QStandardPaths>
#include <QTemporaryDir>

#include <cstdio>

using namespace bitloom;

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QStandardPaths::setTestModeEnabled(true);
    MeasuredApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    const QTemporaryDir folder;
    MainWindow window(makeEngines());
    window.show();
    Unattended tour(window, "sample", folder.path());
    QObject::connect(&tour, &Unattended::finished, &application, [] { QApplication::exit(0); });
    application.startMeasuring();
    QApplication::exec();
    std::printf("longest gap of the event loop: %.1f ms (target 16 ms on a quiet machine)\n",
                application.longestGap());
    std::printf("longest event: %.1f ms of processor time, %s\n", application.longestEvent(),
                qPrintable(application.slowestReceiver()));
    return tour.exitCode();
}

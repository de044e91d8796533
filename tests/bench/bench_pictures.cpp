// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of the whole window for people to look at: `bench_pictures FOLDER [MODEL] [PANELS…]`
// opens, analyses, fits and evaluates a model and leaves FOLDER/<width>x<height>_<theme>.png for
// every size and theme, and one for each of the panels named. QT_SCALE_FACTOR=2 doubles the pixels.
#include "app/dialogs/theme.h"
#include "app/engines/engines.h"
#include "app/window/unattended.h"
#include "app/words/widget_headers.h"

#include <QApplication>
#include <QDir>
#include <QDockWidget>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>

#include <cstdio>

using namespace bitloom;

namespace {

constexpr QSize kSizes[] = {{1000, 600}, {1280, 720}, {1366, 768}, {1500, 900}, {2560, 1440}};
constexpr int kSettleMs = 400; ///< plots are drawn when there is time

void settle()
{
    QEventLoop loop;
    QTimer::singleShot(kSettleMs, &loop, &QEventLoop::quit);
    loop.exec();
}

void take(MainWindow& window, const QString& path)
{
    settle();
    const QImage picture = window.grab().toImage();
    picture.save(path);
    std::printf("%s: %d × %d\n", qPrintable(path), picture.width(), picture.height());
}

void takeAll(MainWindow& window, const QString& folder, const QStringList& panels)
{
    for (const char* theme : {"light", "dark"}) {
        applyTheme(theme);
        for (const QSize& size : kSizes) {
            window.resize(size);
            window.restoreDefaultLayout();
            take(window, QString("%1/%2x%3_%4.png")
                             .arg(folder)
                             .arg(size.width())
                             .arg(size.height())
                             .arg(theme));
        }
        window.resize(1280, 720);
        window.restoreDefaultLayout();
        for (const QString& panel : panels) {
            window.dock(panel)->raise();
            take(window, QString("%1/%2_%3.png").arg(folder, panel, theme));
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setOrganizationName("BitloomPictures");
    QApplication::setStyle("Fusion");
    initWidgetResources();
    const QStringList arguments = QApplication::arguments();
    const QString folder = arguments.value(1, ".");
    QDir().mkpath(folder);
    const QTemporaryDir work;
    MainWindow window(makeEngines());
    window.show();
    std::printf("least size: %d × %d\n", window.minimumSizeHint().width(),
                window.minimumSizeHint().height());
    applyTheme("light");
    take(window, folder + "/welcome.png");
    Unattended tour(window, arguments.value(2, "sample"), work.path());
    QObject::connect(&tour, &Unattended::finished, &application, [] { QApplication::exit(0); });
    QApplication::exec();
    takeAll(window, folder, arguments.mid(3));
    std::printf("least size with a model: %d × %d\n", window.minimumSizeHint().width(),
                window.minimumSizeHint().height());
    return tour.exitCode();
}

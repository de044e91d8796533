// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/theme.h"
#include "app/engines/engines.h"
#include "app/window/documents.h"
#include "app/window/main_window.h"
#include "app/window/unattended.h"
#include "app/words/widget_headers.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QStandardPaths>
#include <QTimer>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <string_view>

using namespace bitloom;

namespace {

struct Arguments {
    QString model;
    QString device;
    QString unattendedFolder;
    bool force = false;
};

Arguments parse(const QApplication& application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QApplication::translate("main", "A workbench for quantizing language models."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption device(
        "device",
        QApplication::translate("main", "Vulkan device: part of its name, or its number."),
        "device");
    const QCommandLineOption unattended(
        "unattended",
        QApplication::translate("main",
                                "Do the main job without a display; results go to <folder>."),
        "folder");
    const QCommandLineOption force(
        "force", QApplication::translate(
                     "main", "With --unattended: replace its files where they are already there."));
    parser.addOptions({device, unattended, force});
    parser.addPositionalArgument(
        "model", QApplication::translate(
                     "main", "A model folder, a .gguf, a .safetensors, or the word sample."));
    parser.process(application);
    if (parser.isSet(force) && !parser.isSet(unattended)) {
        std::fputs("--force goes with --unattended; the window asks before it replaces.\n", stderr);
        std::exit(EXIT_FAILURE);
    }
    return {parser.positionalArguments().value(0), parser.value(device), parser.value(unattended),
            parser.isSet(force)};
}

/// Before the application exists, since the platform is chosen with it.
bool wantsNoDisplay(int argc, char** argv)
{
    return std::any_of(argv, argv + argc, [](const char* argument) {
        return std::string_view(argument).starts_with("--unattended");
    });
}

/// From any thread: an engine was replaced in the middle of its work.
void sayInTheWindow(const std::string& sentence)
{
    QMetaObject::invokeMethod(
        qApp,
        [text = QString::fromStdString(sentence)] {
            const QWidgetList all = QApplication::topLevelWidgets();
            for (QWidget* widget : all) {
                if (auto* window = qobject_cast<MainWindow*>(widget))
                    window->messages().post(MessageBar::Warning, text);
            }
        },
        Qt::QueuedConnection);
}

int runUnattended(MainWindow& window, const Arguments& arguments)
{
    window.show();
    Unattended tour(window, arguments.model.isEmpty() ? "sample" : arguments.model,
                    arguments.unattendedFolder, arguments.force);
    // quit() would ask the window, and the window about the unsaved recipe.
    QObject::connect(&tour, &Unattended::finished, qApp,
                     [&tour] { QApplication::exit(tour.exitCode()); });
    return QApplication::exec();
}

int runWindow(MainWindow& window, const Arguments& arguments)
{
    window.show();
    QTimer::singleShot(0, &window, [&window, &arguments] {
        if (arguments.model.isEmpty())
            window.context().session.offerRestore();
        else
            window.documents().openModel(arguments.model);
    });
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv)
{
    if (wantsNoDisplay(argc, argv)) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
        QStandardPaths::setTestModeEnabled(true); // leaves the user's settings alone
    }
    QApplication application(argc, argv);
    // Qt takes the locale of the user for its own and for C alike: printf would write "4,50" into
    // reports and pictures, where a comma separates.
    std::setlocale(LC_NUMERIC, "C");
    QApplication::setOrganizationName("Bitloom");
    QApplication::setApplicationName("bitloom");
    QApplication::setApplicationVersion(BITLOOM_VERSION);
    QApplication::setDesktopFileName("bitloom");
    QApplication::setStyle("Fusion");
    initWidgetResources();
    QApplication::setWindowIcon(applicationIcon());
    const Arguments arguments = parse(application);
    applyTheme(arguments.unattendedFolder.isEmpty() ? savedTheme() : "light");
    EngineOptions engines;
    engines.device = arguments.device.toStdString();
    engines.onReplaced = sayInTheWindow;
    MainWindow window(makeEngines(engines));
    return arguments.unattendedFolder.isEmpty() ? runWindow(window, arguments)
                                                : runUnattended(window, arguments);
}

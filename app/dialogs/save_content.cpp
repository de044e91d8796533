// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/save_content.h"

#include "app/dialogs/confirm_output.h"
#include "app/words/offered_names.h"
#include "app/words/words.h"
#include "core/files/formats/writers.h"

#include <QDir>
#include <QFileInfo>
#include <QSettings>

#include <array>

namespace bitloom {

namespace {

constexpr const char* kFolderKey = "files/folder";

QString keyOf(FilePurpose purpose)
{
    static constexpr std::array kNames = {"other", "model", "recipe", "text", "report", "export"};
    return QString("%1/%2").arg(kFolderKey, kNames.at(static_cast<size_t>(purpose)));
}

/// The folder of the purpose or, before its first time, the one used last for anything.
QString folderOf(FilePurpose purpose)
{
    const QSettings settings;
    const QString last = settings.value("files/lastFolder", QDir::currentPath()).toString();
    return settings.value(keyOf(purpose), last).toString();
}

void open(QFileDialog* dialog, FilePurpose purpose,
          const std::function<void(const QString&)>& chosen)
{
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &QFileDialog::fileSelected, dialog,
                     [purpose, chosen](const QString& path) {
                         const QString folder = QFileInfo(path).path();
                         QSettings().setValue(keyOf(purpose), folder);
                         QSettings().setValue("files/lastFolder", folder);
                         chosen(path);
                     });
    dialog->open();
}

void write(const QString& path, const QByteArray& content)
{
    assertNotGuiThread("writing a file");
    writeTextFile(path.toStdString(), content.toStdString());
}

} // namespace

void askForFile(QWidget* parent, const QString& title, QFileDialog::AcceptMode mode,
                const QString& suggested, const QString& filter,
                const std::function<void(const QString&)>& chosen, FilePurpose purpose,
                AskToReplace askToReplace)
{
    auto* dialog = new QFileDialog(parent, title, folderOf(purpose), filter);
    dialog->setObjectName("fileDialog");
    dialog->setAcceptMode(mode);
    dialog->setFileMode(mode == QFileDialog::AcceptOpen ? QFileDialog::ExistingFile
                                                        : QFileDialog::AnyFile);
    if (const QString suffix = QFileInfo(suggested).suffix(); !suffix.isEmpty())
        dialog->setDefaultSuffix(suffix);
    if (mode == QFileDialog::AcceptOpen) {
        open(dialog, purpose, chosen);
        return;
    }
    const bool hasFolder = QFileInfo(suggested).isAbsolute();
    const QString file = hasFolder ? suggested : freeFile(folderOf(purpose), suggested);
    // The dialog's own question is not asked by every system's dialog, nor of the final name.
    dialog->setOption(QFileDialog::DontConfirmOverwrite);
    dialog->setDirectory(QFileInfo(file).path());
    dialog->selectFile(QFileInfo(file).fileName());
    if (askToReplace == AskToReplace::No) {
        open(dialog, purpose, chosen);
        return;
    }
    open(dialog, purpose, [=](const QString& path) {
        confirmOutput(
            parent, path, [chosen, path] { chosen(path); },
            [=] { askForFile(parent, title, mode, suggested, filter, chosen, purpose); });
    });
}

void askForFolder(QWidget* parent, const QString& title,
                  const std::function<void(const QString&)>& chosen)
{
    auto* dialog = new QFileDialog(parent, title, folderOf(FilePurpose::Model));
    dialog->setObjectName("folderDialog");
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    open(dialog, FilePurpose::Model, chosen);
}

void saveContent(Session& session, QWidget* parent, const QString& suggested,
                 const QByteArray& content)
{
    askForFile(parent, Words::tr("Save"), QFileDialog::AcceptSave, suggested, {},
               [&session, content](const QString& path) {
                   session.jobs().start(
                       {"write", {}, JobQueue::Quick, true}, &session,
                       [path, content](JobProgress&) {
                           write(path, content);
                           return true;
                       },
                       [&session, path](bool) {
                           Q_EMIT session.message(
                               Loudness::Info,
                               Words::tr("%1 was saved.").arg(Words::fileTitle(path)));
                       });
               });
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/save_content.h"

#include "app/words.h"
#include "core/error.h"

#include <QFileInfo>
#include <QSaveFile>
#include <QSettings>

namespace bitloom {

namespace {

constexpr const char* kFolderKey = "files/folder";

void open(QFileDialog* dialog, const std::function<void(const QString&)>& chosen)
{
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setDirectory(QSettings().value(kFolderKey).toString());
    QObject::connect(dialog, &QFileDialog::fileSelected, dialog,
                     [dialog, chosen](const QString& path) {
                         QSettings().setValue(kFolderKey, dialog->directory().path());
                         chosen(path);
                     });
    dialog->open();
}

void write(const QString& path, const QByteArray& content)
{
    assertNotGuiThread("writing a file");
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size() || !file.commit())
        throw Error("save",
                    path.toStdString() + " cannot be written: " + file.errorString().toStdString());
}

} // namespace

void askForFile(QWidget* parent, const QString& title, QFileDialog::AcceptMode mode,
                const QString& suggested, const QString& filter,
                const std::function<void(const QString&)>& chosen)
{
    auto* dialog = new QFileDialog(parent, title, {}, filter);
    dialog->setObjectName("fileDialog");
    dialog->setAcceptMode(mode);
    dialog->setFileMode(mode == QFileDialog::AcceptOpen ? QFileDialog::ExistingFile
                                                        : QFileDialog::AnyFile);
    if (const QString suffix = QFileInfo(suggested).suffix(); !suffix.isEmpty())
        dialog->setDefaultSuffix(suffix);
    if (!suggested.isEmpty())
        dialog->selectFile(suggested);
    open(dialog, chosen);
}

void askForFolder(QWidget* parent, const QString& title,
                  const std::function<void(const QString&)>& chosen)
{
    auto* dialog = new QFileDialog(parent, title);
    dialog->setObjectName("folderDialog");
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    open(dialog, chosen);
}

void saveContent(Session& session, QWidget* parent, const QString& suggested,
                 const QByteArray& content)
{
    askForFile(parent, Words::tr("Save"), QFileDialog::AcceptSave, suggested, {},
               [&session, content](const QString& path) {
                   session.jobs().start(
                       {"write", {}, Lane::Quick, true}, &session,
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

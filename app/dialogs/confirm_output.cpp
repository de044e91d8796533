// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/confirm_output.h"

#include "app/words/words.h"
#include "core/base/error.h"
#include "core/files/io/output_file.h"

#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>

namespace bitloom {

namespace {

/// Empty: it may be written, though perhaps not without a question.
QString outputProblem(const QString& path)
{
    try {
        requireWritable({path.toStdString()});
        return {};
    } catch (const Error& error) {
        return Words::sentence(error.what());
    }
}

QMessageBox* boxOver(QWidget* parent, QMessageBox::Icon icon, const QString& name,
                     const QString& sentence)
{
    auto* box = new QMessageBox(icon, Words::tr("Save"), sentence, QMessageBox::NoButton, parent);
    box->setObjectName(name);
    box->setAttribute(Qt::WA_DeleteOnClose);
    return box;
}

/// What is lost, or is not seen any more, when a file is written; empty: nothing.
QString question(const QString& path)
{
    if (QFileInfo::exists(path))
        return Words::tr("%1 is already there. Replace it?").arg(Words::fileTitle(path));
    const std::string hidden = hiddenBy(path.toStdString());
    return hidden.empty()
               ? QString()
               : Words::tr("%1 would hide the model of %2 beside it from all who open the folder. "
                           "Write it?")
                     .arg(Words::fileTitle(path), QString::fromStdString(hidden));
}

} // namespace

void confirmOutput(QWidget* parent, const QString& path, const std::function<void()>& confirmed,
                   const std::function<void()>& declined)
{
    QMessageBox* box = nullptr;
    QPushButton* replace = nullptr;
    if (const QString problem = outputProblem(path); !problem.isEmpty()) {
        box = boxOver(parent, QMessageBox::Warning, "refusedBox", problem);
    } else if (const QString asked = question(path); !asked.isEmpty()) {
        box = boxOver(parent, QMessageBox::Question, "replaceBox", asked);
        replace =
            box->addButton(QFileInfo::exists(path) ? Words::tr("&Replace") : Words::tr("&Write"),
                           QMessageBox::DestructiveRole);
        replace->setObjectName("replaceButton");
    } else {
        confirmed();
        return;
    }
    box->setDefaultButton(box->addButton(QMessageBox::Cancel));
    QObject::connect(box, &QMessageBox::finished, parent, [box, replace, confirmed, declined] {
        if (replace && box->clickedButton() == replace)
            confirmed();
        else
            declined();
    });
    box->open();
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/window/main_window.h"

#include <QObject>
#include <QTimer>

#include <functional>

namespace bitloom {

/// The main job without anybody at the keyboard: the real window opens a model, analyses it, fits a
/// budget, evaluates, compares and exports; picture, report and file lie in a folder afterwards.
class Unattended : public QObject {
    Q_OBJECT

public:
    /// `replaces`: what is in the folder under the names of its files may go.
    Unattended(MainWindow& window, const QString& model, const QString& folder,
               bool replaces = false);

    /// 0, or 1 when something failed; valid after finished().
    int exitCode() const { return m_failed ? 1 : 0; }

Q_SIGNALS:
    void finished();

private:
    void advance();
    void chooseLayer();
    void fit();
    void compare();
    void exportFile();
    void writePicture(const QString& name);
    void writeReport();
    void printResults();
    /// Before the long work: whether all files may be written.
    void checkFiles();
    QString path(const QString& name) const;
    OutputFile file(const QString& name) const;
    QString modelName() const;

    MainWindow& m_window;
    QString m_model;
    QString m_folder;
    bool m_replaces;
    QList<std::pair<QString, std::function<void()>>> m_steps;
    QTimer m_poll; ///< a step is over when no job runs for a while
    int m_quietPolls = 0;
    bool m_failed = false;
};

} // namespace bitloom

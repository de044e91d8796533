// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"
#include "core/workbench/evaluation/exports.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTableWidget;

namespace bitloom {

/// The format of the recipe's target: a row of targets().
QString exportFormat(const Recipe& recipe);
/// Says what will be written, writes it, and says "Exported" only after it was read back and
/// compared.
class ExportDialog : public QDialog {
    Q_OBJECT

public:
    ExportDialog(ApplicationContext& context, QWidget* parent);

    void reject() override;

private:
    void buildForm();
    /// Counts what the file will hold, in a job.
    void measure();
    void formatChanged();
    void recipeChanged();
    void browse();
    void offerPath();
    void start();
    void write(const OutputFile& file);
    void showProgress();
    void finished(const ExportReport& report);
    void setRunning(bool running);
    QString problem() const;

    ApplicationContext& m_context;
    QComboBox* m_format = nullptr;
    QLineEdit* m_path = nullptr;
    QPushButton* m_browse = nullptr;
    QTableWidget* m_table = nullptr;
    QLabel* m_size = nullptr;
    QProgressBar* m_progress = nullptr;
    QLabel* m_state = nullptr;
    QPushButton* m_export = nullptr;
    QPushButton* m_close = nullptr;
    QString m_offered; ///< the path that the dialog chose itself
    QString m_problem; ///< why this cannot be exported, as shown
    QString m_writing; ///< the file asked for last
    bool m_running = false;
    bool m_changedMeanwhile = false; ///< the recipe, while it is written
};

/// Exports the session's recipe in a job of tag "export"; for the dialog and the unattended tour.
void startExport(Session& session, const QString& format, const OutputFile& file, QObject* receiver,
                 const std::function<void(const ExportReport&)>& done);

} // namespace bitloom

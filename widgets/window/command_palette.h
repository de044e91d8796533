// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QLineEdit;
class QListView;

namespace bitloom {

class CommandModel;

/// Every action of a window by name, with a fuzzy filter. Never blocks: open() it from an action
/// bound to Ctrl+K.
class CommandPalette : public QDialog {
    Q_OBJECT

public:
    explicit CommandPalette(QWidget* window);

    /// Collects the window's enabled actions anew and shows itself over the window.
    void popUp();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void filterChanged(const QString& pattern);
    void run(const QModelIndex& index);

    CommandModel* m_model = nullptr;
    QLineEdit* m_filter = nullptr;
    QListView* m_list = nullptr;
};

} // namespace bitloom

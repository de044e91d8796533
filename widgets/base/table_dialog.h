// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/text_table.h"

#include <QDialog>

class QTableWidget;

namespace bitloom {

/// A window that shows a table of text and lets its rows be copied; deletes itself when closed and
/// blocks nothing.
class TableDialog : public QDialog {
    Q_OBJECT

public:
    TableDialog(const QString& title, TextTable table, QWidget* parent);

private:
    void copyAll() const;

    TextTable m_content;
    QTableWidget* m_table = nullptr;
};

} // namespace bitloom
